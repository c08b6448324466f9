#include "results/heartbeat_store.h"

#include <fmt/format.h>
#include <sqlite3.h>

#include <cstdio>
#include <vector>

namespace gaikei {
namespace {

/// "gaih": tells our files from those of others.
constexpr std::int64_t kApplicationId = 0x67616968;
constexpr std::int64_t kVersion = 1;

constexpr const char* kSettings = R"(
PRAGMA journal_mode = WAL;
PRAGMA synchronous = NORMAL;
PRAGMA journal_size_limit = 1048576;
)";

// Times and spans in nanoseconds. last_at is NULL where nothing was ever heard.
constexpr const char* kTables = R"(
BEGIN IMMEDIATE;
CREATE TABLE heartbeat (
  name TEXT PRIMARY KEY,
  counted_from INTEGER NOT NULL,
  last_at INTEGER,
  was_ok INTEGER,
  duration INTEGER,
  message TEXT
) STRICT, WITHOUT ROWID;
PRAGMA application_id = 0x67616968;
PRAGMA user_version = 1;
COMMIT;
)";

DatabaseResult<void> PrepareTables(Database& database) {
  const auto tables = database.Integer("SELECT count(*) FROM sqlite_schema");
  if (!tables) return tl::unexpected(tables.error());
  const auto application = database.Integer("PRAGMA application_id");
  if (!application) return tl::unexpected(application.error());
  if (*tables != 0 && *application != kApplicationId) {
    return tl::unexpected(DatabaseError{SQLITE_NOTADB, "the file is not a memory of heartbeats"});
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

/// The log and its index belong to the file.
bool PutAside(const std::string& path) {
  const std::string aside = fmt::format("{}.corrupt-{}", path, FormatRfc3339(WallNow()));
  for (const char* part : {"-wal", "-shm"}) {
    std::rename((path + part).c_str(), (aside + part).c_str());
  }
  return std::rename(path.c_str(), aside.c_str()) == 0;
}

std::int64_t Nanos(WallTime time) { return time.time_since_epoch().count(); }

}  // namespace

tl::expected<std::unique_ptr<HeartbeatStore>, std::string> HeartbeatStore::Open(
    const std::string& state_dir, OnError on_error) {
  std::unique_ptr<HeartbeatStore> store(
      new HeartbeatStore(state_dir + "/heartbeats.db", std::move(on_error)));
  auto opened = store->TryOpen();
  if (!opened && opened.error().is_corrupt()) {
    store->Report(opened.error(), "open");
    store->database_.reset();
    if (!PutAside(store->path_)) {
      return tl::unexpected(fmt::format("{}: cannot be put aside", store->path_));
    }
    opened = store->TryOpen();
  }
  if (!opened) {
    return tl::unexpected(fmt::format("{}: {}", store->path_, opened.error().message));
  }
  return store;
}

DatabaseResult<void> HeartbeatStore::TryOpen() {
  auto database = Database::Open(path_);
  if (!database) return tl::unexpected(std::move(database.error()));
  database_ = std::move(*database);
  if (auto done = PrepareTables(*database_); !done) return done;
  struct Row {
    Statement& statement;
    std::string_view sql;
  };
  const Row rows[] = {
      {read_,
       "SELECT counted_from, last_at IS NOT NULL, last_at, was_ok, ifnull(duration, -1), message "
       "FROM heartbeat WHERE name = ?1"},
      {write_, "REPLACE INTO heartbeat VALUES (?1, ?2, ?3, ?4, ?5, ?6)"},
      {names_, "SELECT name FROM heartbeat"},
      {forget_, "DELETE FROM heartbeat WHERE name = ?1"},
  };
  for (const Row& row : rows) {
    auto statement = database_->Prepare(row.sql);
    if (!statement) return tl::unexpected(std::move(statement.error()));
    row.statement = std::move(*statement);
  }
  return {};
}

void HeartbeatStore::Report(const DatabaseError& error, const char* doing) const {
  if (on_error_) on_error_(fmt::format("{}: {}: {}", path_, doing, error.message));
}

std::optional<HeartbeatMemory> HeartbeatStore::Read(const std::string& name) {
  const std::lock_guard lock(mutex_);
  read_.Bind(1, name);
  const auto row = read_.Step();
  std::optional<HeartbeatMemory> memory;
  if (row && *row) {
    memory.emplace();
    memory->counted_from = WallTime(Span(read_.Integer(0)));
    if (read_.Integer(1) != 0) {
      KnownReport& last = memory->last.emplace();
      last.at = WallTime(Span(read_.Integer(2)));
      last.was_ok = read_.Integer(3) != 0;
      if (read_.Integer(4) >= 0) last.duration = Span(read_.Integer(4));
      last.message = read_.Text(5);
    }
  }
  read_.Reset();
  if (!row) Report(row.error(), "read");
  return memory;
}

void HeartbeatStore::Write(const std::string& name, const HeartbeatMemory& memory) {
  const std::lock_guard lock(mutex_);
  write_.Reset();  // of one that failed; what is not bound is NULL
  write_.Bind(1, name).Bind(2, Nanos(memory.counted_from));
  if (memory.last) {
    write_.Bind(3, Nanos(memory.last->at)).Bind(4, std::int64_t{memory.last->was_ok ? 1 : 0});
    if (memory.last->duration) write_.Bind(5, std::int64_t{memory.last->duration->count()});
    write_.Bind(6, memory.last->message);
  }
  if (const auto done = write_.Run(); !done) Report(done.error(), "write");
}

DatabaseResult<void> HeartbeatStore::Forget(const std::set<std::string>& names) {
  std::vector<std::string> others;
  for (;;) {
    const auto row = names_.Step();
    if (!row) {
      names_.Reset();
      return tl::unexpected(row.error());
    }
    if (!*row) break;
    if (std::string name = names_.Text(0); !names.contains(name)) others.push_back(std::move(name));
  }
  names_.Reset();
  for (const std::string& name : others) {
    forget_.Bind(1, name);
    if (auto done = forget_.Run(); !done) return done;
  }
  return {};
}

void HeartbeatStore::KeepOnly(const std::set<std::string>& names) {
  const std::lock_guard lock(mutex_);
  if (const auto done = Forget(names); !done) Report(done.error(), "forget");
}

}  // namespace gaikei
