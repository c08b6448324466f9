#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "results/database.h"
#include "results/file_identity.h"
#include "results/spool/row_cache.h"
#include "results/spool/spool_rows.h"

namespace gaikei {

/// Whether an error comes from what stands in the file: it is damaged, or not ours. What has to do
/// with the disk, with memory or with others who use the file is none of that.
bool IsDamage(const DatabaseError& error);

/// The open spool.db: one method a statement. What is read is as it stands there, unchecked.
class SpoolFile {
 public:
  /// Makes it where there is none. See IsDamage() for an error.
  static DatabaseResult<std::unique_ptr<SpoolFile>> Open(const std::string& path);
  /// The same without the file beside it that others would need: where the disk is full already. It
  /// is to be opened anew when it is not.
  static DatabaseResult<std::unique_ptr<SpoolFile>> OpenAlone(const std::string& path);
  /// One that is there, to read what it has, also where nothing can be written beside it.
  static DatabaseResult<std::unique_ptr<SpoolFile>> OpenReadOnly(const std::string& path);

  DatabaseResult<void> Begin() { return database_.Execute("BEGIN IMMEDIATE"); }
  DatabaseResult<void> Commit();
  void Rollback();

  DatabaseResult<void> PutCounter(std::string_view name, std::uint64_t value);
  DatabaseResult<void> PutSeries(const SeriesRow& row);
  DatabaseResult<void> DropSeries(std::int64_t id);
  /// Whether some lane keeps something of it.
  DatabaseResult<bool> HasState(std::int64_t series, const std::string& lane);

  DatabaseResult<void> PutBatch(const ItemRow& row);
  /// Rows that begin before, or there and later.
  DatabaseResult<void> DropBatchesBefore(Sequence first);
  DatabaseResult<void> DropBatchesFrom(Sequence first);
  DatabaseResult<void> PutFold(std::int64_t id, const std::string& lane, const ItemRow& row);
  DatabaseResult<void> DropRow(RowCache::Key key);

  struct Bytes {
    std::string counts;
    std::string bytes;
  };
  /// Absent where there is no such row.
  DatabaseResult<std::optional<Bytes>> ReadRow(RowCache::Key key);
  /// Without the items.
  DatabaseResult<std::optional<std::string>> ReadCounts(RowCache::Key key);

  DatabaseResult<void> PutLane(const LaneRow& lane);
  /// With everything that belongs to it.
  DatabaseResult<void> DropLane(const std::string& name);
  /// Empty bytes: none is kept.
  DatabaseResult<void> PutState(const std::string& lane, std::int64_t series,
                                const std::string& bytes);
  /// Of all lanes.
  DatabaseResult<void> DropStates() { return database_.Execute("DELETE FROM state"); }
  /// Absent where there is none, or it is damaged.
  DatabaseResult<std::optional<std::string>> ReadState(const std::string& lane,
                                                       std::int64_t series);

  /// Gives pages that are not in use back, some at a time, where they are many.
  DatabaseResult<void> Shrink();
  /// Moves the log into the file, and makes sure that it is there.
  DatabaseResult<void> Checkpoint();
  /// False where the path leads to another file by now, or to none. True of one in memory.
  bool is_in_place() const;
  /// False where somebody has made the file shorter since the last commit.
  bool is_whole() const;
  /// False where somebody has taken the log beside it away, or made it shorter, since then.
  bool is_log_whole() const;
  /// Transactions that it says there were; 0 where that cannot be read.
  std::uint64_t ReadCommits();
  bool is_alone() const { return is_alone_; }
  bool is_writable() const { return identity_.is_known(); }

  Database& database() { return database_; }

 private:
  explicit SpoolFile(Database database, std::string path)
      : database_(std::move(database)), path_(std::move(path)) {}
  static DatabaseResult<std::unique_ptr<SpoolFile>> OpenAs(const std::string& path, bool is_alone);
  static DatabaseResult<std::unique_ptr<SpoolFile>> ToRead(DatabaseResult<Database> database,
                                                           const std::string& path);
  DatabaseResult<void> PrepareAll();
  /// What was written is there as it is now.
  void Measure();

  Database database_;
  std::string path_;
  bool is_alone_ = false;
  FileIdentity identity_;  ///< none: in memory, or read only
  FileIdentity log_;       ///< none: there is none
  std::int64_t least_size_ = 0;
  std::int64_t least_log_size_ = 0;
  Statement put_counter_, read_counter_, put_series_, copy_series_, drop_series_, drop_series_copy_,
      has_state_;
  Statement put_batch_, drop_before_, drop_from_, put_fold_, drop_batch_, drop_fold_;
  Statement read_batch_, read_fold_, batch_counts_, fold_counts_;
  Statement put_lane_, put_copy_, drop_lane_, drop_copy_, drop_folds_, drop_states_;
  Statement put_state_, drop_state_, read_state_;
};

}  // namespace gaikei
