#include "results/spool/spool_schema.h"

namespace gaikei {
namespace {

constexpr const char* kFirstSettings = "PRAGMA auto_vacuum = INCREMENTAL;";

// Deleted batches need not be overwritten: that would write everything twice.
constexpr const char* kSettings = R"(
PRAGMA journal_mode = WAL;
PRAGMA synchronous = FULL;
PRAGMA temp_store = MEMORY;
PRAGMA secure_delete = OFF;
PRAGMA trusted_schema = OFF;
PRAGMA cell_size_check = ON;
PRAGMA journal_size_limit = 4194304;
PRAGMA wal_autocheckpoint = 256;
)";

// No index beside the tables themselves: there is less to break, and none is needed. What stands
// before `bytes` is found without reading them.
constexpr const char* kTables = R"(
CREATE TABLE counter (
  name TEXT PRIMARY KEY,
  value INTEGER NOT NULL,
  crc INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE series (
  id INTEGER PRIMARY KEY,
  check_name TEXT NOT NULL,
  region TEXT NOT NULL,
  kind TEXT NOT NULL,
  target TEXT NOT NULL,
  labels BLOB NOT NULL,
  departed INTEGER NOT NULL,
  crc INTEGER NOT NULL
) STRICT;
CREATE TABLE series_copy (
  id INTEGER PRIMARY KEY,
  check_name TEXT NOT NULL,
  region TEXT NOT NULL,
  kind TEXT NOT NULL,
  target TEXT NOT NULL,
  labels BLOB NOT NULL,
  departed INTEGER NOT NULL,
  crc INTEGER NOT NULL
) STRICT;
CREATE TABLE batch (
  first INTEGER PRIMARY KEY,
  end INTEGER NOT NULL,
  level INTEGER NOT NULL,
  samples INTEGER NOT NULL,
  oldest_at INTEGER NOT NULL,
  newest_at INTEGER NOT NULL,
  size INTEGER NOT NULL,
  crc INTEGER NOT NULL,
  head_crc INTEGER NOT NULL,
  counts BLOB NOT NULL,
  bytes BLOB NOT NULL
) STRICT;
CREATE TABLE fold (
  id INTEGER PRIMARY KEY,
  lane TEXT NOT NULL,
  first INTEGER NOT NULL,
  end INTEGER NOT NULL,
  level INTEGER NOT NULL,
  samples INTEGER NOT NULL,
  oldest_at INTEGER NOT NULL,
  newest_at INTEGER NOT NULL,
  size INTEGER NOT NULL,
  crc INTEGER NOT NULL,
  head_crc INTEGER NOT NULL,
  counts BLOB NOT NULL,
  bytes BLOB NOT NULL
) STRICT;
CREATE TABLE lane (
  name TEXT PRIMARY KEY,
  account BLOB NOT NULL,
  crc INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE lane_copy (
  name TEXT PRIMARY KEY,
  account BLOB NOT NULL,
  crc INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE state (
  lane TEXT NOT NULL,
  series INTEGER NOT NULL,
  crc INTEGER NOT NULL,
  bytes BLOB NOT NULL,
  PRIMARY KEY (lane, series)
) STRICT, WITHOUT ROWID;
)";

constexpr Schema kSchema = {.application_id = 0x67616973,  // "gais"
                            .version = 1,
                            .first_settings = kFirstSettings,
                            .settings = kSettings,
                            .tables = kTables,
                            .what = "a spool of gaikei"};

}  // namespace

const Schema& SpoolSchema() { return kSchema; }

}  // namespace gaikei
