"""Evaluation: the parts' answers scored on labelled data, and the data's rows as items.

Pure: rows and labels in, scores out. `rows` reads what `../shared/data` holds, `triage` and
`matching` score.
"""
