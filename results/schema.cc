#include "results/schema.h"

#include <fmt/format.h>
#include <sqlite3.h>
#include <unistd.h>

#include <cstdio>

namespace gaikei {
namespace {

/// Beyond it a number is damage rather than a version.
constexpr std::int64_t kGreatestVersion = 9999;

constexpr const char* kCountTables = "SELECT count(*) FROM sqlite_schema";

}  // namespace

DatabaseResult<void> CheckSchema(Database& database, const Schema& schema) {
  const auto application = database.Integer("PRAGMA application_id");
  if (!application) return tl::unexpected(application.error());
  if (*application != schema.application_id) {
    return tl::unexpected(
        DatabaseError{SQLITE_NOTADB, fmt::format("the file is not {}", schema.what)});
  }
  const auto version = database.Integer("PRAGMA user_version");
  if (!version) return tl::unexpected(version.error());
  if (*version < 1 || *version > kGreatestVersion) {
    return tl::unexpected(
        DatabaseError{SQLITE_NOTADB, fmt::format("no version of {}", schema.what)});
  }
  if (*version > schema.version) {
    return tl::unexpected(
        DatabaseError{DatabaseError::kNewer, "made by a newer version of gaikei"});
  }
  return {};
}

DatabaseResult<void> ApplySchema(Database& database, const Schema& schema) {
  const auto tables = database.Integer(kCountTables);
  if (!tables) return tl::unexpected(tables.error());
  if (*tables != 0) {
    if (auto checked = CheckSchema(database, schema); !checked) return checked;
  } else if (auto done = database.Execute(schema.first_settings); !done) {
    return done;
  }
  if (auto done = database.Execute(schema.settings); !done) return done;
  if (*tables != 0) return {};
  const std::string all =
      fmt::format("BEGIN IMMEDIATE;{}PRAGMA application_id = {};PRAGMA user_version = {};COMMIT;",
                  schema.tables, schema.application_id, schema.version);
  return database.Execute(all.c_str());
}

tl::expected<std::string, std::string> PutAside(const std::string& path, WallTime now) {
  const std::string name = fmt::format("{}.corrupt-{}", path, FormatRfc3339(now));
  std::string aside = name;
  for (int another = 2; ::access(aside.c_str(), F_OK) == 0; ++another) {
    aside = fmt::format("{}-{}", name, another);
  }
  // Without the log and its index the file would be worth less to whoever looks.
  for (const char* part : {"-wal", "-shm"}) {
    std::rename((path + part).c_str(), (aside + part).c_str());
  }
  if (std::rename(path.c_str(), aside.c_str()) != 0) {
    return tl::unexpected(fmt::format("{}: cannot be put aside", path));
  }
  return aside;
}

}  // namespace gaikei
