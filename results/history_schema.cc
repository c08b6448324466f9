#include "results/history_schema.h"

#include <sqlite3.h>

#include <cstdint>

namespace gaikei {
namespace {

/// "gaik": tells our files from those of others.
constexpr std::int64_t kApplicationId = 0x6761696B;
constexpr std::int64_t kVersion = 1;

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
BEGIN IMMEDIATE;
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
PRAGMA application_id = 0x6761696B;
PRAGMA user_version = 1;
COMMIT;
)";

}  // namespace

DatabaseResult<void> PrepareSchema(Database& database) {
  const auto tables = database.Integer("SELECT count(*) FROM sqlite_schema");
  if (!tables) return tl::unexpected(tables.error());
  const auto application = database.Integer("PRAGMA application_id");
  if (!application) return tl::unexpected(application.error());
  if (*tables != 0 && *application != kApplicationId) {
    return tl::unexpected(DatabaseError{SQLITE_NOTADB, "the file is not a history of gaikei"});
  }
  const auto version = database.Integer("PRAGMA user_version");
  if (!version) return tl::unexpected(version.error());
  if (*version > kVersion) {
    return tl::unexpected(DatabaseError{SQLITE_ERROR, "made by a newer version of gaikei"});
  }
  if (auto done = database.Execute(kSettings); !done) return done;
  if (*tables != 0) return {};
  return database.Execute(kTables);
}

}  // namespace gaikei
