#include "results/spool/spool_file.h"

#include <fcntl.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <utility>

#include "results/schema.h"
#include "results/spool/spool_mend.h"
#include "results/spool/spool_schema.h"
#include "results/time.h"

namespace gaikei {
namespace {

/// Pages are given back where more than so many are free, and so many at a time.
constexpr std::int64_t kFreePages = 1024;
constexpr const char* kAlone = "PRAGMA locking_mode = EXCLUSIVE";
constexpr const char* kGiveBack = "PRAGMA incremental_vacuum(256)";

constexpr std::int64_t kPageSize = 4096;

/// 0 where there is no file.
std::int64_t SizeOf(const std::string& path) {
  struct stat status {};
  return ::stat(path.c_str(), &status) == 0 ? std::int64_t{status.st_size} : 0;
}

std::int64_t Signed(std::uint64_t number) { return static_cast<std::int64_t>(number); }

void BindRow(Statement& statement, int index, std::string_view lane, const ItemRow& row) {
  const RowHead& head = row.head;
  for (const std::int64_t number :
       {Signed(head.first), Signed(head.end), static_cast<std::int64_t>(head.level),
        Signed(head.samples), EpochNanos(head.oldest_at), EpochNanos(head.newest_at),
        Signed(head.size), std::int64_t{head.crc}, std::int64_t{head.HeadCrc(lane)}}) {
    statement.Bind(index++, number);
  }
  statement.BindBlob(index, row.counts).BindBlob(index + 1, row.bytes);
}

/// Whether the file says that versions of SQLite which are not there yet wrote it: it could be read
/// and not written. Ours never is of such a version.
bool HasFutureFormat(const std::string& path) {
  // File format, 1.3.2: the magic, and the write version in byte 18.
  constexpr std::string_view kMagic("SQLite format 3\0", 16);
  constexpr std::size_t kWriteVersion = 18;
  constexpr char kLatest = 2;
  std::array<char, kWriteVersion + 1> head{};
  // What stands there might be a pipe.
  const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (file < 0) return false;
  const ssize_t size = ::read(file, head.data(), head.size());
  ::close(file);
  if (size != static_cast<ssize_t>(head.size())) return false;
  return std::string_view(head.data(), kMagic.size()) == kMagic && head[kWriteVersion] != 1 &&
         head[kWriteVersion] != kLatest;
}

/// What `take` makes of the only row; absent where there is none.
template <class Take>
auto ReadOne(Statement& statement, const Take& take)
    -> DatabaseResult<std::optional<decltype(take(statement))>> {
  std::optional<decltype(take(statement))> taken;
  auto row = statement.Step();
  if (row && *row) taken = take(statement);
  statement.Reset();
  if (!row) return tl::unexpected(std::move(row.error()));
  return taken;
}

}  // namespace

bool IsDamage(const DatabaseError& error) {
  switch (error.code) {
    case DatabaseError::kNewer:
    case SQLITE_FULL:
    case SQLITE_IOERR:
    case SQLITE_CANTOPEN:
    case SQLITE_READONLY:
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
    case SQLITE_NOMEM:
    case SQLITE_PERM:
    case SQLITE_AUTH:
    case SQLITE_PROTOCOL:
    case SQLITE_INTERRUPT:
    case SQLITE_MISUSE:
      return false;
    default:
      return true;
  }
}

DatabaseResult<std::unique_ptr<SpoolFile>> SpoolFile::Open(const std::string& path) {
  return OpenAs(path, false);
}

DatabaseResult<std::unique_ptr<SpoolFile>> SpoolFile::OpenAlone(const std::string& path) {
  return OpenAs(path, true);
}

DatabaseResult<std::unique_ptr<SpoolFile>> SpoolFile::OpenAs(const std::string& path,
                                                             bool is_alone) {
  if (HasFutureFormat(path)) {
    return tl::unexpected(DatabaseError{SQLITE_NOTADB, "the file's format is none of ours"});
  }
  auto database = Database::Open(path);
  if (!database) return tl::unexpected(std::move(database.error()));
  std::unique_ptr<SpoolFile> file(new SpoolFile(std::move(*database), path));
  file->is_alone_ = is_alone;
  if (is_alone) {
    if (auto done = file->database_.Execute(kAlone); !done) {
      return tl::unexpected(std::move(done.error()));
    }
  }
  if (auto done = ApplySchema(file->database_, SpoolSchema()); !done) {
    return tl::unexpected(std::move(done.error()));
  }
  if (auto done = CheckTables(file->database_); !done) {
    return tl::unexpected(std::move(done.error()));
  }
  if (auto done = file->PrepareAll(); !done) return tl::unexpected(std::move(done.error()));
  file->identity_ = FileIdentity::At(path);
  file->Measure();
  return file;
}

DatabaseResult<std::unique_ptr<SpoolFile>> SpoolFile::OpenReadOnly(const std::string& path) {
  // SQLite would throw the log of an empty file away.
  if (SizeOf(path) == 0 && SizeOf(path + "-wal") > 0) {
    return tl::unexpected(DatabaseError{SQLITE_CORRUPT, "the file is empty"});
  }
  auto file = ToRead(Database::OpenReadOnly(path), path);
  if (file || IsDamage(file.error()) || SizeOf(path + "-wal") != 0) return file;
  // There is no log, and no place for the index that goes with one.
  return ToRead(Database::OpenImmutable(path), path);
}

DatabaseResult<std::unique_ptr<SpoolFile>> SpoolFile::ToRead(DatabaseResult<Database> database,
                                                             const std::string& path) {
  if (!database) return tl::unexpected(std::move(database.error()));
  std::unique_ptr<SpoolFile> file(new SpoolFile(std::move(*database), path));
  if (auto done = CheckSchema(file->database_, SpoolSchema()); !done) {
    return tl::unexpected(std::move(done.error()));
  }
  if (auto done = CheckTables(file->database_); !done) {
    return tl::unexpected(std::move(done.error()));
  }
  if (auto done = file->PrepareAll(); !done) return tl::unexpected(std::move(done.error()));
  return file;
}

void SpoolFile::Measure() {
  if (!is_writable()) return;
  // Pages that are not in use any more are cut off by a later commit.
  const auto pages = database_.Integer("PRAGMA page_count");
  least_size_ = std::min(SizeOf(path_), pages.value_or(0) * kPageSize);
  log_ = FileIdentity::At(path_ + "-wal");
  least_log_size_ = SizeOf(path_ + "-wal");
}

DatabaseResult<void> SpoolFile::Commit() {
  auto done = database_.Execute("COMMIT");
  if (done) Measure();
  return done;
}

DatabaseResult<void> SpoolFile::PrepareAll() {
  return database_.PrepareAll({
      {put_counter_, "REPLACE INTO counter VALUES (?1, ?2, ?3)"},
      {read_counter_, "SELECT value, crc FROM counter WHERE name = ?1"},
      {put_series_, "REPLACE INTO series VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)"},
      {copy_series_, "REPLACE INTO series_copy VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)"},
      {drop_series_, "DELETE FROM series WHERE id = ?1"},
      {drop_series_copy_, "DELETE FROM series_copy WHERE id = ?1"},
      {has_state_, "SELECT 1 FROM state WHERE lane = ?1 AND series = ?2"},
      {put_batch_, "REPLACE INTO batch VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)"},
      {drop_before_, "DELETE FROM batch WHERE first < ?1"},
      {drop_from_, "DELETE FROM batch WHERE first >= ?1"},
      {put_fold_,
       "REPLACE INTO fold VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)"},
      {drop_batch_, "DELETE FROM batch WHERE first = ?1"},
      {drop_fold_, "DELETE FROM fold WHERE id = ?1"},
      {read_batch_, "SELECT counts, bytes FROM batch WHERE first = ?1"},
      {read_fold_, "SELECT counts, bytes FROM fold WHERE id = ?1"},
      {batch_counts_, "SELECT counts FROM batch WHERE first = ?1"},
      {fold_counts_, "SELECT counts FROM fold WHERE id = ?1"},
      {put_lane_, "REPLACE INTO lane VALUES (?1, ?2, ?3)"},
      {put_copy_, "REPLACE INTO lane_copy VALUES (?1, ?2, ?3)"},
      {drop_lane_, "DELETE FROM lane WHERE name = ?1"},
      {drop_copy_, "DELETE FROM lane_copy WHERE name = ?1"},
      {drop_folds_, "DELETE FROM fold WHERE lane = ?1"},
      {drop_states_, "DELETE FROM state WHERE lane = ?1"},
      {put_state_, "REPLACE INTO state VALUES (?1, ?2, ?3, ?4)"},
      {drop_state_, "DELETE FROM state WHERE lane = ?1 AND series = ?2"},
      {read_state_, "SELECT crc, bytes FROM state WHERE lane = ?1 AND series = ?2"},
  });
}

void SpoolFile::Rollback() {
  // Some errors have rolled back already.
  if (database_.is_in_transaction()) (void)database_.Execute("ROLLBACK");
}

DatabaseResult<void> SpoolFile::PutCounter(std::string_view name, std::uint64_t value) {
  return put_counter_.Bind(1, name)
      .Bind(2, Signed(value))
      .Bind(3, std::int64_t{CounterCrc(name, value)})
      .Run();
}

DatabaseResult<void> SpoolFile::PutSeries(const SeriesRow& row) {
  const SampleSeries& series = *row.series;
  const std::string labels = EncodeLabels(*series.check);
  const std::int64_t crc = SeriesCrc(series, row.departed);
  for (Statement* put : {&put_series_, &copy_series_}) {
    put->Bind(1, series.id)
        .Bind(2, series.check->name)
        .Bind(3, series.region)
        .Bind(4, series.check->kind)
        .Bind(5, series.check->target)
        .BindBlob(6, labels)
        .Bind(7, Signed(row.departed))
        .Bind(8, crc);
    if (auto done = put->Run(); !done) return done;
  }
  return {};
}

DatabaseResult<void> SpoolFile::DropSeries(std::int64_t id) {
  if (auto done = drop_series_.Bind(1, id).Run(); !done) return done;
  return drop_series_copy_.Bind(1, id).Run();
}

DatabaseResult<bool> SpoolFile::HasState(std::int64_t series, const std::string& lane) {
  has_state_.Bind(1, lane).Bind(2, series);
  auto found = ReadOne(has_state_, [](const Statement& row) { return row.Integer(0); });
  if (!found) return tl::unexpected(std::move(found.error()));
  return found->has_value();
}

DatabaseResult<void> SpoolFile::PutBatch(const ItemRow& row) {
  BindRow(put_batch_, 1, "", row);
  return put_batch_.Run();
}

DatabaseResult<void> SpoolFile::DropBatchesBefore(Sequence first) {
  return drop_before_.Bind(1, Signed(first)).Run();
}

DatabaseResult<void> SpoolFile::DropBatchesFrom(Sequence first) {
  return drop_from_.Bind(1, Signed(first)).Run();
}

DatabaseResult<void> SpoolFile::PutFold(std::int64_t id, const std::string& lane,
                                        const ItemRow& row) {
  put_fold_.Bind(1, id).Bind(2, lane);
  BindRow(put_fold_, 3, lane, row);
  return put_fold_.Run();
}

DatabaseResult<void> SpoolFile::DropRow(RowCache::Key key) {
  Statement& drop = key.first == RowCache::Table::kBatch ? drop_batch_ : drop_fold_;
  return drop.Bind(1, Signed(key.second)).Run();
}

DatabaseResult<std::optional<SpoolFile::Bytes>> SpoolFile::ReadRow(RowCache::Key key) {
  Statement& read = key.first == RowCache::Table::kBatch ? read_batch_ : read_fold_;
  read.Bind(1, Signed(key.second));
  return ReadOne(read, [](const Statement& row) {
    return Bytes{std::string(row.Blob(0)), std::string(row.Blob(1))};
  });
}

DatabaseResult<std::optional<std::string>> SpoolFile::ReadCounts(RowCache::Key key) {
  Statement& read = key.first == RowCache::Table::kBatch ? batch_counts_ : fold_counts_;
  read.Bind(1, Signed(key.second));
  return ReadOne(read, [](const Statement& row) { return std::string(row.Blob(0)); });
}

DatabaseResult<void> SpoolFile::PutLane(const LaneRow& lane) {
  const std::string account = EncodeLane(lane);
  const std::int64_t crc = LaneCrc(lane.name, account);
  for (Statement* put : {&put_lane_, &put_copy_}) {
    put->Bind(1, lane.name).BindBlob(2, account).Bind(3, crc);
    if (auto done = put->Run(); !done) return done;
  }
  return {};
}

DatabaseResult<void> SpoolFile::DropLane(const std::string& name) {
  for (Statement* drop : {&drop_lane_, &drop_copy_, &drop_folds_, &drop_states_}) {
    if (auto done = drop->Bind(1, name).Run(); !done) return done;
  }
  return {};
}

DatabaseResult<void> SpoolFile::PutState(const std::string& lane, std::int64_t series,
                                         const std::string& bytes) {
  if (bytes.empty()) return drop_state_.Bind(1, lane).Bind(2, series).Run();
  return put_state_.Bind(1, lane)
      .Bind(2, series)
      .Bind(3, std::int64_t{StateCrc(lane, series, bytes)})
      .BindBlob(4, bytes)
      .Run();
}

DatabaseResult<std::optional<std::string>> SpoolFile::ReadState(const std::string& lane,
                                                                std::int64_t series) {
  read_state_.Bind(1, lane).Bind(2, series);
  auto state = ReadOne(read_state_, [](const Statement& row) {
    return std::pair(row.Integer(0), std::string(row.Blob(1)));
  });
  if (!state) return tl::unexpected(std::move(state.error()));
  if (!*state || (*state)->first != StateCrc(lane, series, (*state)->second)) return std::nullopt;
  return std::move((*state)->second);
}

DatabaseResult<void> SpoolFile::Shrink() {
  const auto free = database_.Integer("PRAGMA freelist_count");
  if (!free) return tl::unexpected(free.error());
  const auto all = database_.Integer("PRAGMA page_count");
  if (!all) return tl::unexpected(all.error());
  if (*free < kFreePages || *free < *all / 2) return {};
  auto done = database_.Execute(kGiveBack);
  if (done) Measure();
  return done;
}

DatabaseResult<void> SpoolFile::Checkpoint() {
  auto done = database_.Execute("PRAGMA wal_checkpoint(TRUNCATE)");
  if (done) Measure();
  return done;
}

bool SpoolFile::is_in_place() const {
  return !is_writable() || FileIdentity::At(path_) == identity_;
}

bool SpoolFile::is_whole() const { return !is_writable() || SizeOf(path_) >= least_size_; }

bool SpoolFile::is_log_whole() const {
  return !log_.is_known() ||
         (FileIdentity::At(path_ + "-wal") == log_ && SizeOf(path_ + "-wal") >= least_log_size_);
}

std::uint64_t SpoolFile::ReadCommits() {
  constexpr std::string_view kName = "commits";
  read_counter_.Bind(1, kName);
  const auto row = ReadOne(read_counter_, [](const Statement& read) {
    return std::pair(static_cast<std::uint64_t>(read.Integer(0)), read.Integer(1));
  });
  if (!row || !*row || (*row)->second != CounterCrc(kName, (*row)->first)) return 0;
  return (*row)->first;
}

}  // namespace gaikei
