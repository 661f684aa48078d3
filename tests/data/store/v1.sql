-- A database of schema version 1, as that version wrote it. Never changed: later versions must open it.
PRAGMA application_id = 1684370029;
PRAGMA user_version = 1;
BEGIN TRANSACTION;
CREATE TABLE alias (
        source_id TEXT NOT NULL, key TEXT NOT NULL, item_id TEXT NOT NULL REFERENCES item (id),
        PRIMARY KEY (source_id, key)) WITHOUT ROWID;
INSERT INTO "alias" VALUES('journal','guid:a1','a1');
INSERT INTO "alias" VALUES('journal','guid:a2','a2');
INSERT INTO "alias" VALUES('journal','https://j.example/a1','a1');
CREATE TABLE block_key (
        key TEXT NOT NULL, item_id TEXT NOT NULL REFERENCES item (id), PRIMARY KEY (key, item_id)) WITHOUT ROWID;
INSERT INTO "block_key" VALUES('id:doi:10.1/a1','a1');
INSERT INTO "block_key" VALUES('url:https://j.example/a1','a1');
CREATE TABLE decision (
        id TEXT NOT NULL PRIMARY KEY, verb TEXT NOT NULL, log_offset INTEGER NOT NULL, payload TEXT NOT NULL);
INSERT INTO "decision" VALUES('01JBKS0000000000000000000A','accept',120,'{"id":"01JBKS0000000000000000000A","at":"2026-11-01T08:00:00Z","who":"editor","verb":"accept","target":["20261101080000-a1"]}');
CREATE TABLE digest (
        period TEXT NOT NULL PRIMARY KEY, number INTEGER NOT NULL, sha256 TEXT NOT NULL, at TEXT NOT NULL);
CREATE TABLE document (
        story_id TEXT NOT NULL PRIMARY KEY, path TEXT NOT NULL, folded TEXT NOT NULL, minted TEXT NOT NULL,
        sha256 TEXT NOT NULL);
CREATE TABLE edge (
        a TEXT NOT NULL REFERENCES item (id), b TEXT NOT NULL REFERENCES item (id), level TEXT,
        probability DOUBLE PRECISION NOT NULL, payload TEXT NOT NULL,
        PRIMARY KEY (a, b), CONSTRAINT edge_order CHECK (a < b));
CREATE TABLE host_pause (host TEXT NOT NULL PRIMARY KEY, until TEXT NOT NULL);
INSERT INTO "host_pause" VALUES('slow.example','2026-11-01T08:00:00.000000Z');
CREATE TABLE item (
        id TEXT NOT NULL PRIMARY KEY, source_id TEXT NOT NULL, first_seen TEXT NOT NULL,
        backfill BOOLEAN NOT NULL, listed_by TEXT, folded TEXT NOT NULL, content_hash TEXT NOT NULL,
        version INTEGER NOT NULL, changes INTEGER NOT NULL, own_date TEXT, decision TEXT NOT NULL,
        judged INTEGER NOT NULL, matchable BOOLEAN NOT NULL, keyed INTEGER NOT NULL, matched INTEGER NOT NULL,
        line TEXT NOT NULL, ledgered TEXT NOT NULL, payload TEXT NOT NULL);
INSERT INTO "item" VALUES('a1','journal','2026-11-01T08:00:00.000000Z',0,NULL,'melanoma triage by ai','h1',1,0,'2026-11-01T08:00:00.000000Z','accept',1,1,1,1,'8ffa18d4862d20776e4e25c68efeb8e7f55233db8282ad1cc8fe8874b88696bc','8ffa18d4862d20776e4e25c68efeb8e7f55233db8282ad1cc8fe8874b88696bc','{"id":"a1","source_id":"journal","key":"guid:a1","aliases":["guid:a1","https://j.example/a1"],"title":"Melanoma triage by AI","url":"https://j.example/a1","published":"2026-11-01T08:00:00Z","first_seen":"2026-11-01T08:00:00Z","provider":{"name":"Journal of Skin","domain":"j.example","tier":"primary"},"identifiers":[{"scheme":"doi","value":"10.1/a1"}],"content_hash":"h1"}');
INSERT INTO "item" VALUES('a2','journal','2026-11-01T08:00:00.000000Z',0,NULL,'knitting','h3',2,1,'2026-11-01T08:00:00.000000Z','reject',2,0,0,0,'aae8c9c7a0ac6cceca8746a6e467188416bfa6caaaaec2da7ff91183899f4228','aae8c9c7a0ac6cceca8746a6e467188416bfa6caaaaec2da7ff91183899f4228','{"id":"a2","source_id":"journal","key":"guid:a2","aliases":["guid:a2"],"title":"Knitting","published":"2026-11-01T08:00:00Z","first_seen":"2026-11-01T08:00:00Z","provider":{"name":"Journal of Skin","domain":"j.example","tier":"primary"},"content_hash":"h3"}');
CREATE TABLE item_version (
        item_id TEXT NOT NULL REFERENCES item (id), version INTEGER NOT NULL, until TEXT NOT NULL,
        payload TEXT NOT NULL, PRIMARY KEY (item_id, version));
INSERT INTO "item_version" VALUES('a2',1,'2026-11-01T08:00:00.000000Z','{"id":"a2","source_id":"journal","key":"guid:a2","aliases":["guid:a2"],"title":"Knitting for beginners","url":"https://j.example/a2","published":"2026-11-01T08:00:00Z","first_seen":"2026-11-01T08:00:00Z","provider":{"name":"Journal of Skin","domain":"j.example","tier":"primary"},"content_hash":"h2"}');
CREATE TABLE member (
        item_id TEXT NOT NULL PRIMARY KEY REFERENCES item (id), work_id TEXT NOT NULL,
        story_id TEXT NOT NULL REFERENCES story (id));
INSERT INTO "member" VALUES('a1','w20261101080000-a1','20261101080000-a1');
CREATE TABLE meta (name TEXT NOT NULL PRIMARY KEY, value TEXT NOT NULL);
INSERT INTO "meta" VALUES('corpus','corpus-of-v1');
INSERT INTO "meta" VALUES('snapshot','1');
CREATE TABLE run (id TEXT NOT NULL PRIMARY KEY, started TEXT NOT NULL, finished TEXT, payload TEXT);
INSERT INTO "run" VALUES('20261101T080000Z','2026-11-01T08:00:00.000000Z',NULL,NULL);
CREATE TABLE source_state (source_id TEXT NOT NULL PRIMARY KEY, health TEXT NOT NULL, payload TEXT NOT NULL);
INSERT INTO "source_state" VALUES('journal','ok','{"source_id":"journal","health":"ok","etag":"\"v1\"","last_success":"2026-11-01T08:00:00Z","polls":2}');
CREATE TABLE story (
        id TEXT NOT NULL PRIMARY KEY, works INTEGER NOT NULL, size INTEGER NOT NULL, oversized BOOLEAN NOT NULL,
        snapshot TEXT NOT NULL, changed TEXT NOT NULL, version INTEGER NOT NULL, published INTEGER NOT NULL,
        payload TEXT NOT NULL);
INSERT INTO "story" VALUES('20261101080000-a1',1,1,0,'weights-1','2026-11-01T08:00:00.000000Z',2,0,'{"id":"20261101080000-a1","lead":"w20261101080000-a1","works":[{"id":"w20261101080000-a1","canonical":"a1","items":["a1"],"role":"paper"}]}');
CREATE TABLE story_alias (alias TEXT NOT NULL PRIMARY KEY, item_id TEXT NOT NULL REFERENCES item (id));
CREATE TABLE term (
        source_id TEXT NOT NULL, position INTEGER NOT NULL, payload TEXT NOT NULL,
        PRIMARY KEY (source_id, position));
INSERT INTO "term" VALUES('journal',0,'{"text":"deep learning","group":"ai"}');
CREATE TABLE verdict (
        item_id TEXT NOT NULL PRIMARY KEY REFERENCES item (id), at TEXT NOT NULL, because TEXT NOT NULL,
        payload TEXT NOT NULL);
INSERT INTO "verdict" VALUES('a1','2026-11-01T08:00:00.000000Z','melanoma and AI','{"item_id":"a1","decision":"accept","score":0.97,"because":"melanoma and AI"}');
INSERT INTO "verdict" VALUES('a2','2026-11-01T08:00:00.000000Z','no skin','{"item_id":"a2","decision":"reject","score":0.01,"because":"no skin"}');
CREATE INDEX item_seen ON item (first_seen, id);
CREATE INDEX item_listed_by ON item (listed_by) WHERE listed_by IS NOT NULL;
CREATE INDEX item_to_triage ON item (first_seen, id) WHERE judged < version;
CREATE INDEX item_to_match ON item (matchable, first_seen, id) WHERE keyed < version;
CREATE INDEX item_to_group ON item (first_seen, id) WHERE matched < keyed;
CREATE INDEX item_to_ledger ON item (first_seen, id) WHERE line <> ledgered;
CREATE INDEX item_decision ON item (decision);
CREATE INDEX block_key_item ON block_key (item_id);
CREATE INDEX edge_b ON edge (b);
CREATE INDEX story_to_publish ON story (id) WHERE published < version;
CREATE INDEX member_story ON member (story_id);
CREATE INDEX story_alias_item ON story_alias (item_id);
CREATE INDEX run_started ON run (started);
CREATE TRIGGER decision_stays BEFORE UPDATE ON decision
        BEGIN SELECT RAISE(ABORT, 'decisions are append-only'); END;
CREATE TRIGGER decision_kept BEFORE DELETE ON decision
        BEGIN SELECT RAISE(ABORT, 'decisions are append-only'); END;
COMMIT;
