#include "results/heartbeat_store.h"

#include <fmt/format.h>

#include <vector>

#include "results/schema.h"
#include "results/time.h"

namespace gaikei {
namespace {

constexpr const char* kSettings = R"(
PRAGMA journal_mode = WAL;
PRAGMA synchronous = NORMAL;
PRAGMA journal_size_limit = 1048576;
)";

// Times and spans in nanoseconds. last_at is NULL where nothing was ever heard.
constexpr const char* kTables = R"(
CREATE TABLE heartbeat (
  name TEXT PRIMARY KEY,
  counted_from INTEGER NOT NULL,
  last_at INTEGER,
  was_ok INTEGER,
  duration INTEGER,
  message TEXT
) STRICT, WITHOUT ROWID;
)";

constexpr Schema kSchema = {.application_id = 0x67616968,  // "gaih"
                            .version = 1,
                            .settings = kSettings,
                            .tables = kTables,
                            .what = "a memory of heartbeats"};

}  // namespace

tl::expected<std::unique_ptr<HeartbeatStore>, std::string> HeartbeatStore::Open(
    const std::string& state_dir, OnError on_error) {
  std::unique_ptr<HeartbeatStore> store(
      new HeartbeatStore(state_dir + "/heartbeats.db", std::move(on_error)));
  auto opened = store->TryOpen(store->path_);
  if (!opened && opened.error().is_corrupt()) {
    store->Report(opened.error(), "open");
    store->database_.reset();
    if (auto aside = PutAside(store->path_, WallNow()); !aside) {
      return tl::unexpected(std::move(aside.error()));
    }
    opened = store->TryOpen(store->path_);
  }
  if (!opened && IsUnwritable(opened.error(), store->path_)) {
    store->Report(opened.error(), "what is heard is forgotten at the end of the process");
    opened = store->TryOpen(":memory:");
  }
  if (!opened) {
    return tl::unexpected(fmt::format("{}: {}", store->path_, opened.error().message));
  }
  return store;
}

DatabaseResult<void> HeartbeatStore::TryOpen(const std::string& path) {
  auto database = Database::Open(path);
  if (!database) return tl::unexpected(std::move(database.error()));
  database_ = std::move(*database);
  if (auto done = ApplySchema(*database_, kSchema); !done) return done;
  return database_->PrepareAll({
      {read_,
       "SELECT counted_from, last_at IS NOT NULL, last_at, was_ok, ifnull(duration, -1), message "
       "FROM heartbeat WHERE name = ?1"},
      {write_, "REPLACE INTO heartbeat VALUES (?1, ?2, ?3, ?4, ?5, ?6)"},
      {names_, "SELECT name FROM heartbeat"},
      {forget_, "DELETE FROM heartbeat WHERE name = ?1"},
  });
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
  write_.Bind(1, name).Bind(2, EpochNanos(memory.counted_from));
  if (memory.last) {
    write_.Bind(3, EpochNanos(memory.last->at)).Bind(4, std::int64_t{memory.last->was_ok ? 1 : 0});
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
