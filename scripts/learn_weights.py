"""Learn config/matching.yaml from the labelled sets in DERMAI_SHARED (default ../shared).

    python scripts/learn_weights.py            # writes config/matching.yaml
    python scripts/learn_weights.py --check    # changes nothing, exit 1 when the file is not what would be learnt

Learns on the tuning halves only (data/README.md). The weights start from what an expert would
say (src/dermai_feed/evaluation/matching_prior.yaml) and move as far as the pairs ask for; see
`dermai_feed.evaluation.learning`. The words are counted in the tuning news and papers. Figures
out of fold are `dermai-feed evaluate all`.
"""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

from dermai_feed.config import weights_text
from dermai_feed.evaluation.learning import learn_weights, training_pairs
from dermai_feed.evaluation.tuning import expert_weights, tuning_sets

ROOT = Path(__file__).resolve().parent.parent
SHARED = Path(os.environ.get("DERMAI_SHARED", ROOT.parent / "shared"))
CONFIG = ROOT / "config" / "matching.yaml"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true")
    chosen = parser.parse_args()
    sets = tuning_sets(SHARED / "data")
    prior = expert_weights(sets)
    text = weights_text(learn_weights([(s, training_pairs(s, prior)) for s in sets], prior))
    if chosen.check:
        same = CONFIG.is_file() and CONFIG.read_text(encoding="utf-8") == text
        state = "is as learnt" if same else "differs: run scripts/learn_weights.py"
        print(f"config/matching.yaml {state}")
        return 0 if same else 1
    CONFIG.write_text(text, encoding="utf-8")
    print(f"wrote {CONFIG.relative_to(ROOT)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
