#include "results/history_schema.h"

#include "results/schema.h"

namespace gaikei {
namespace {

constexpr const char* kSettings = R"(
PRAGMA auto_vacuum = INCREMENTAL;
PRAGMA journal_mode = WAL;
PRAGMA synchronous = NORMAL;
PRAGMA temp_store = MEMORY;
PRAGMA journal_size_limit = 8388608;
)";

// at: scheduled time in nanoseconds since 1970. sequence: counts the outcomes of a series, so that
// what leaves the ring is found without looking. Row ids grow in the order of arrival.
constexpr const char* kTables = R"(
CREATE TABLE series (
  id INTEGER PRIMARY KEY,
  check_name TEXT NOT NULL,
  region TEXT NOT NULL,
  kind TEXT NOT NULL,
  updated_at INTEGER NOT NULL,
  totals TEXT NOT NULL,
  UNIQUE (check_name, region)
) STRICT;
CREATE TABLE outcome (
  id INTEGER PRIMARY KEY,
  series INTEGER NOT NULL,
  sequence INTEGER NOT NULL,
  at INTEGER NOT NULL,
  passed INTEGER NOT NULL,
  status TEXT NOT NULL,
  json TEXT NOT NULL
) STRICT;
CREATE UNIQUE INDEX outcome_series ON outcome (series, sequence);
CREATE INDEX outcome_passed ON outcome (passed);
CREATE TABLE rollup (
  minute INTEGER NOT NULL,
  series INTEGER NOT NULL,
  tally TEXT NOT NULL,
  PRIMARY KEY (minute, series)
) STRICT, WITHOUT ROWID;
)";

constexpr Schema kSchema = {.application_id = 0x6761696B,  // "gaik"
                            .version = 1,
                            .settings = kSettings,
                            .tables = kTables,
                            .what = "a history of gaikei"};

}  // namespace

DatabaseResult<void> PrepareSchema(Database& database) { return ApplySchema(database, kSchema); }

}  // namespace gaikei
