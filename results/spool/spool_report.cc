#include "results/spool/spool_report.h"

#include <fmt/format.h>
#include <sqlite3.h>

#include <algorithm>
#include <filesystem>
#include <optional>
#include <system_error>
#include <utility>

#include "results/counted.h"
#include "results/spool/lane_book.h"
#include "results/spool/sample_codec.h"
#include "results/spool/spool_contents.h"
#include "results/spool/spool_file.h"
#include "results/spool/spool_report_impl.h"
#include "results/spool/spool_rows.h"
#include "results/spool/spool_schema.h"
#include "results/text.h"

namespace gaikei {
namespace {

// Nobody may have tampered with it, and still: nothing in the file is run.
constexpr const char* kReadOnly = R"(
PRAGMA trusted_schema = OFF;
PRAGMA query_only = ON;
PRAGMA cell_size_check = ON;
)";

std::uint64_t SizeOf(const std::string& path) {
  std::error_code error;
  const auto size = std::filesystem::file_size(path, error);
  return error ? 0 : size;
}

/// Of the rows that a lane has still to read; the log's begin with the second.
void AddRows(LaneAccount& account, const RowHead& head) {
  account.bytes += head.size;
  account.fold_level = std::max(account.fold_level, static_cast<unsigned>(head.level));
  if (!account.oldest_at) account.oldest_at = head.oldest_at;
}

LaneAccount AccountOf(const SpoolContents& contents, const LaneRow& lane) {
  LaneAccount account;
  account.name = lane.name;
  account.produced = lane.produced;
  account.sent = lane.sent;
  account.rejected = lane.rejected;
  account.duplicates = lane.duplicates;
  account.dropped = lane.dropped;
  account.spooled = lane.spooled;
  if (lane.spooled == 0) return account;
  const LaneRange range(lane);
  if (const auto folds = contents.folds.find(lane.name); folds != contents.folds.end()) {
    for (const FoldedRow& row : folds->second) {
      if (range.HasSomeOfFold(row.head)) AddRows(account, row.head);
    }
  }
  for (const RowHead& head : contents.batches) {
    if (range.HasSomeOfLog(head)) AddRows(account, head);
  }
  return account;
}

using SeriesById = std::map<std::int64_t, std::shared_ptr<const SampleSeries>>;

SeriesById SeriesOf(const SpoolContents& contents) {
  SeriesById series;
  for (const SeriesRow& row : contents.series) series.emplace(row.series->id, row.series);
  return series;
}

}  // namespace

LaneChoice ChoiceOf(const LaneRow& lane, const SeriesById& series,
                    const std::function<bool(const SampleSeries&)>* selects) {
  LaneChoice choice;
  if (!lane.is_filtered) return choice;
  std::uint64_t all = 0;
  std::uint64_t selected = 0;
  for (const auto& [id, one] : series) {
    const std::uint64_t mark = SelectionMark(id);
    all += mark;
    if (selects != nullptr && (*selects)(*one)) selected += mark;
  }
  if (all == lane.selection) return choice;
  choice.selects = selects;
  choice.is_all = false;
  choice.is_certain = selects != nullptr && selected == lane.selection;
  return choice;
}

tl::expected<std::unique_ptr<SpoolReport>, SpoolReport::NoReport> SpoolReport::Open(
    const std::string& state_dir, Selections selections) {
  std::string path = std::filesystem::path(state_dir) / "spool.db";
  const auto fail = [&](const DatabaseError& error) {
    return tl::unexpected(
        NoReport{fmt::format("{}: {}", Escape(path), Escape(error.message)), IsDamage(error)});
  };
  std::error_code error;
  const auto status = std::filesystem::status(path, error);
  if (!std::filesystem::exists(status)) {
    const bool is_missing = status.type() == std::filesystem::file_type::not_found;
    return fail({SQLITE_CANTOPEN, is_missing ? "there is no spool" : error.message()});
  }
  const bool was_written = SizeOf(path + "-mark") > 0;
  const DatabaseError not_yet{SQLITE_CANTOPEN, "there is no spool in it yet"};
  // SQLite would throw the log of an empty file away.
  if (std::filesystem::is_regular_file(status) && SizeOf(path) == 0) {
    const bool had_something = was_written || SizeOf(path + "-wal") > 0;
    return fail(had_something ? DatabaseError{SQLITE_CORRUPT, "the file is empty"} : not_yet);
  }
  auto database = Database::OpenReadOnly(path);
  if (!database) return fail(database.error());
  if (const auto read = database->Integer("SELECT count(*) FROM sqlite_schema");
      !read && !IsDamage(read.error()) && SizeOf(path + "-wal") == 0) {
    // There is no log, and no place for the index that goes with one.
    database = Database::OpenImmutable(path);
    if (!database) return fail(database.error());
  }
  if (const auto set = database->Execute(kReadOnly); !set) return fail(set.error());
  if (const auto checked = CheckSchema(*database, SpoolSchema()); !checked) {
    const auto tables = database->Integer("SELECT count(*) FROM sqlite_schema");
    const bool is_new = !was_written && tables && *tables == 0;
    return fail(is_new ? not_yet : checked.error());
  }
  auto impl = std::make_unique<Impl>(std::move(path), std::move(*database), std::move(selections));
  return std::unique_ptr<SpoolReport>(new SpoolReport(std::move(impl)));
}

SpoolReport::SpoolReport(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
SpoolReport::~SpoolReport() = default;
const std::string& SpoolReport::path() const { return impl_->path; }

SpoolContents SpoolReport::Impl::Load(bool& is_damaged) {
  const Snapshot snapshot(database);
  auto contents = LoadSpool(database);
  const bool is_whole = contents.has_value();
  if (!is_whole) contents = SalvageSpool(database);
  is_damaged = !is_whole || contents->has_damaged_series || contents->is_incomplete ||
               !contents->damaged_rows.empty() || !contents->damaged_lanes.empty();
  return std::move(*contents);
}

SpoolStatus SpoolReport::Status() {
  SpoolStatus status;
  const SpoolContents contents = impl_->Load(status.is_damaged);
  const SeriesById series = SeriesOf(contents);
  for (const auto& [name, lane] : contents.lanes) {
    const LaneChoice choice = ChoiceOf(lane, series, impl_->SelectionOf(name));
    SpoolStatus::Lane& row = status.lanes.emplace_back();
    row.account = AccountOf(contents, lane);
    row.is_filtered = !choice.is_all;
    row.is_selection_known = choice.is_certain;
    if (lane.until != 0) row.gone_at = lane.gone_at;
  }
  status.file_bytes = SizeOf(impl_->path) + SizeOf(impl_->path + "-wal");
  return status;
}

namespace {

/// Walks through what waits for one lane.
class LaneReader {
 public:
  using Take = std::function<bool(const SpoolItem&)>;

  LaneReader(Database& database, const SpoolContents& contents, const LaneRow& lane,
             const std::function<bool(const SampleSeries&)>* selects)
      : database_(database),
        contents_(contents),
        lane_(lane),
        range_(lane),
        series_(SeriesOf(contents)),
        choice_(ChoiceOf(lane, series_, selects)) {}

  /// Gives the number of rows that are damaged, or the error.
  DatabaseResult<std::uint64_t> Run(const Take& take) {
    take_ = &take;
    if (const auto folds = contents_.folds.find(lane_.name); folds != contents_.folds.end()) {
      for (const FoldedRow& row : folds->second) {
        if (is_done_ || !range_.HasSomeOfFold(row.head)) continue;
        if (auto read = ReadRow(kReadFold, row.id, row.head); !read) {
          return tl::unexpected(std::move(read.error()));
        }
      }
    }
    is_in_log_ = true;
    for (const RowHead& head : contents_.batches) {
      if (is_done_ || !range_.HasSomeOfLog(head)) continue;
      if (auto read = ReadRow(kReadBatch, static_cast<std::int64_t>(head.first), head); !read) {
        return tl::unexpected(std::move(read.error()));
      }
    }
    return damaged_;
  }

 private:
  static constexpr const char* kReadBatch = "SELECT crc, bytes FROM batch WHERE first = ?1";
  static constexpr const char* kReadFold = "SELECT crc, bytes FROM fold WHERE id = ?1";

  DatabaseResult<void> ReadRow(const char* sql, std::int64_t key, const RowHead& head) {
    auto select = database_.Prepare(sql);
    if (!select) return tl::unexpected(std::move(select.error()));
    select->Bind(1, key);
    const auto row = select->Step();
    if (!row && !row.error().is_corrupt()) return tl::unexpected(row.error());
    if (!row) {
      ++damaged_;
      return {};
    }
    // Delivered meanwhile, or folded.
    if (!*row || select->Integer(0) != head.crc) return {};
    const std::string bytes(select->Blob(1));
    select->Reset();
    const auto lookup = [this](std::int64_t id) {
      const auto found = series_.find(id);
      return found == series_.end() ? nullptr : found->second;
    };
    const auto items = Crc32(bytes) == head.crc ? DecodeItems(bytes, lookup) : std::nullopt;
    if (!items) {
      ++damaged_;
      return {};
    }
    for (const SpoolItem& item : *items) {
      if (!Wants(item)) continue;
      is_done_ = !(*take_)(item);
      if (is_done_) break;
    }
    return {};
  }

  bool Wants(const SpoolItem& item) const {
    return (is_in_log_ ? range_.HasInLog(item) : range_.HasInFold(item)) &&
           choice_.Has(item.series());
  }

  Database& database_;
  const SpoolContents& contents_;
  const LaneRow& lane_;
  const LaneRange range_;
  const SeriesById series_;
  const LaneChoice choice_;
  const Take* take_ = nullptr;
  bool is_in_log_ = false;
  bool is_done_ = false;
  std::uint64_t damaged_ = 0;
};

}  // namespace

tl::expected<void, std::string> SpoolReport::Dump(
    const std::string& lane, const std::function<bool(const SpoolItem&)>& take) {
  bool is_damaged = false;
  const SpoolContents contents = impl_->Load(is_damaged);
  const auto found = contents.lanes.find(lane);
  if (found == contents.lanes.end()) {
    return tl::unexpected(fmt::format("nothing was ever spooled for \"{}\"", Escape(lane)));
  }
  LaneReader reader(impl_->database, contents, found->second, impl_->SelectionOf(lane));
  const auto damaged = reader.Run(take);
  if (!damaged) return tl::unexpected(Escape(damaged.error().message));
  if (*damaged > 0) {
    return tl::unexpected(Counted(*damaged, "damaged row") + " left out");
  }
  if (is_damaged) return tl::unexpected(std::string("the file is damaged: rows may be missing"));
  return {};
}

}  // namespace gaikei
