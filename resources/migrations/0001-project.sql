-- The first format of project.db. docs/project-file.md tells what each table means and which invariants hold.

CREATE TABLE project (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  uuid TEXT NOT NULL,
  name TEXT NOT NULL,
  notes TEXT NOT NULL DEFAULT '',
  created_at TEXT NOT NULL
) STRICT;

-- What an object can be. Position 0 is class index 1 of a network (index 0 is the background).
CREATE TABLE class (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  position INTEGER NOT NULL UNIQUE,
  name TEXT NOT NULL UNIQUE,
  colour TEXT NOT NULL
) STRICT;

-- One image: an original file (or one series of it), never changed after import.
CREATE TABLE image (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  sha256 TEXT NOT NULL,
  series INTEGER NOT NULL DEFAULT 0,
  name TEXT NOT NULL,
  file_name TEXT NOT NULL,
  extension TEXT NOT NULL,
  bytes INTEGER NOT NULL,
  width INTEGER NOT NULL CHECK (width > 0),
  height INTEGER NOT NULL CHECK (height > 0),
  channels INTEGER NOT NULL CHECK (channels > 0),
  sample_type TEXT NOT NULL,
  z INTEGER NOT NULL CHECK (z > 0),
  t INTEGER NOT NULL CHECK (t > 0),
  pixel_size_x_um REAL,
  pixel_size_y_um REAL,
  pixel_size_z_um REAL,
  role TEXT NOT NULL DEFAULT 'train' CHECK (role IN ('train', 'validation', 'test')),
  notes TEXT NOT NULL DEFAULT '',
  linked_path TEXT,
  trashed_at TEXT,
  added_at TEXT NOT NULL,
  UNIQUE (sha256, series)
) STRICT;
CREATE INDEX image_name ON image (name);

-- Layers let nuclei and whole cells overlap. Object ids are unique in a layer and never used twice.
CREATE TABLE layer (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  image_id INTEGER NOT NULL REFERENCES image (id),
  name TEXT NOT NULL,
  next_object_id INTEGER NOT NULL DEFAULT 16 CHECK (next_object_id BETWEEN 16 AND 4294967296),
  UNIQUE (image_id, name)
) STRICT;

-- One plane of annotation. The revision grows with every change, undo and redo included.
CREATE TABLE plane (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  layer_id INTEGER NOT NULL REFERENCES layer (id),
  z INTEGER NOT NULL,
  t INTEGER NOT NULL,
  is_complete INTEGER NOT NULL DEFAULT 0 CHECK (is_complete IN (0, 1)),
  revision INTEGER NOT NULL DEFAULT 0,
  UNIQUE (layer_id, z, t)
) STRICT;

-- Content of tiles: 256 x 256 uint32, little endian, row by row, as a zlib stream; 4 bytes when all pixels are equal.
-- The hash is the SHA-256 of the raw 262,144 bytes. A tile without painted pixels has no row.
CREATE TABLE tile (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  hash BLOB NOT NULL UNIQUE CHECK (length(hash) = 32),
  bytes BLOB NOT NULL
) STRICT;

-- What a tile holds: area and box (inside the tile) of every value but 0.
CREATE TABLE tile_value (
  tile_id INTEGER NOT NULL REFERENCES tile (id) ON DELETE CASCADE,
  value INTEGER NOT NULL,
  area_px INTEGER NOT NULL,
  min_x INTEGER NOT NULL,
  min_y INTEGER NOT NULL,
  max_x INTEGER NOT NULL,
  max_y INTEGER NOT NULL,
  PRIMARY KEY (tile_id, value)
) STRICT, WITHOUT ROWID;
CREATE INDEX tile_value_value ON tile_value (value, tile_id);

-- The label map as it is now.
CREATE TABLE plane_tile (
  plane_id INTEGER NOT NULL REFERENCES plane (id),
  ty INTEGER NOT NULL,
  tx INTEGER NOT NULL,
  tile_id INTEGER NOT NULL REFERENCES tile (id),
  PRIMARY KEY (plane_id, ty, tx)
) STRICT, WITHOUT ROWID;
CREATE INDEX plane_tile_tile ON plane_tile (tile_id);

-- A label map as it was when something pinned it: never changed.
CREATE TABLE revision (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  plane_id INTEGER NOT NULL REFERENCES plane (id),
  number INTEGER NOT NULL,
  is_complete INTEGER NOT NULL CHECK (is_complete IN (0, 1)),
  created_at TEXT NOT NULL,
  UNIQUE (plane_id, number)
) STRICT;
CREATE TABLE revision_tile (
  revision_id INTEGER NOT NULL REFERENCES revision (id) ON DELETE CASCADE,
  ty INTEGER NOT NULL,
  tx INTEGER NOT NULL,
  tile_id INTEGER NOT NULL REFERENCES tile (id),
  PRIMARY KEY (revision_id, ty, tx)
) STRICT, WITHOUT ROWID;
CREATE INDEX revision_tile_tile ON revision_tile (tile_id);

-- Who needs a revision. A revision without pins may be removed.
CREATE TABLE pin (
  revision_id INTEGER NOT NULL REFERENCES revision (id),
  owner_kind TEXT NOT NULL CHECK (owner_kind IN ('run', 'prediction', 'backup')),
  owner_id TEXT NOT NULL,
  PRIMARY KEY (revision_id, owner_kind, owner_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX pin_owner ON pin (owner_kind, owner_id);

-- Objects of a layer. One without pixels has been rejected.
CREATE TABLE object (
  layer_id INTEGER NOT NULL REFERENCES layer (id),
  id INTEGER NOT NULL CHECK (id BETWEEN 16 AND 4294967295),
  class_id INTEGER NOT NULL REFERENCES class (id),
  origin TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('proposed', 'accepted', 'rejected')),
  PRIMARY KEY (layer_id, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX object_class ON object (class_id);

-- User actions, one journal per layer. 'settled' can no longer be undone; its row stays so that an action that is sent
-- again is answered and not done twice.
CREATE TABLE journal (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  layer_id INTEGER NOT NULL REFERENCES layer (id),
  action_id TEXT NOT NULL UNIQUE,
  kind TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('done', 'undone', 'settled')),
  answer TEXT NOT NULL,
  created_at TEXT NOT NULL
) STRICT;
CREATE INDEX journal_layer ON journal (layer_id, state, id);
CREATE TABLE journal_tile (
  journal_id INTEGER NOT NULL REFERENCES journal (id),
  plane_id INTEGER NOT NULL REFERENCES plane (id),
  ty INTEGER NOT NULL,
  tx INTEGER NOT NULL,
  old_tile_id INTEGER REFERENCES tile (id),
  new_tile_id INTEGER REFERENCES tile (id),
  PRIMARY KEY (journal_id, plane_id, ty, tx)
) STRICT, WITHOUT ROWID;
CREATE INDEX journal_tile_old ON journal_tile (old_tile_id);
CREATE INDEX journal_tile_new ON journal_tile (new_tile_id);
-- Object rows before and after an action, as JSON { classId, origin, state }; NULL where there was none.
CREATE TABLE journal_object (
  journal_id INTEGER NOT NULL REFERENCES journal (id),
  object_id INTEGER NOT NULL,
  old_object TEXT,
  new_object TEXT,
  PRIMARY KEY (journal_id, object_id)
) STRICT, WITHOUT ROWID;
CREATE TABLE journal_plane (
  journal_id INTEGER NOT NULL REFERENCES journal (id),
  plane_id INTEGER NOT NULL REFERENCES plane (id),
  old_complete INTEGER NOT NULL,
  new_complete INTEGER NOT NULL,
  PRIMARY KEY (journal_id, plane_id)
) STRICT, WITHOUT ROWID;

-- Trainings. Everything else about a run is in its folder runs/ID/.
CREATE TABLE run (
  id TEXT PRIMARY KEY,
  name TEXT NOT NULL,
  preset TEXT NOT NULL,
  state TEXT NOT NULL CHECK (
    state IN ('planned', 'running', 'paused', 'stopped', 'finished', 'diverged', 'failed', 'interrupted')),
  is_adopted INTEGER NOT NULL DEFAULT 0 CHECK (is_adopted IN (0, 1)),
  created_at TEXT NOT NULL,
  finished_at TEXT,
  device TEXT,
  steps INTEGER,
  step INTEGER NOT NULL DEFAULT 0,
  energy REAL,
  score REAL,
  model TEXT,
  message TEXT,
  summary TEXT NOT NULL DEFAULT '[]'
) STRICT;
CREATE INDEX run_created ON run (created_at);

-- Probabilities of planes, in predictions/ID/, keyed by what made them.
CREATE TABLE prediction (
  id TEXT PRIMARY KEY,
  run_id TEXT,
  model_sha256 TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('planned', 'running', 'finished', 'failed', 'interrupted')),
  is_adopted INTEGER NOT NULL DEFAULT 0 CHECK (is_adopted IN (0, 1)),
  is_kept INTEGER NOT NULL DEFAULT 0 CHECK (is_kept IN (0, 1)),
  created_at TEXT NOT NULL
) STRICT;
CREATE INDEX prediction_model ON prediction (model_sha256);
CREATE TABLE prediction_plane (
  prediction_id TEXT NOT NULL REFERENCES prediction (id) ON DELETE CASCADE,
  image_id INTEGER NOT NULL REFERENCES image (id),
  z INTEGER NOT NULL,
  t INTEGER NOT NULL,
  input_key TEXT NOT NULL,
  file TEXT NOT NULL,
  PRIMARY KEY (prediction_id, image_id, z, t)
) STRICT, WITHOUT ROWID;
CREATE INDEX prediction_plane_image ON prediction_plane (image_id, z, t);

-- Scores of a run's masks or probabilities, on one image or (image_id NULL) over several.
CREATE TABLE score (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  run_id TEXT NOT NULL REFERENCES run (id) ON DELETE CASCADE,
  image_id INTEGER REFERENCES image (id),
  z INTEGER NOT NULL DEFAULT 0,
  t INTEGER NOT NULL DEFAULT 0,
  kind TEXT NOT NULL CHECK (kind IN ('raw', 'thinned', 'objects', 'pixels')),
  name TEXT NOT NULL,
  value REAL NOT NULL,
  created_at TEXT NOT NULL
) STRICT;
CREATE INDEX score_run ON score (run_id);
