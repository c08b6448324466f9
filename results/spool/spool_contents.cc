#include "results/spool/spool_contents.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "results/spool/table_scan.h"

namespace gaikei {
namespace {

constexpr const char* kLanes = "SELECT name, account, crc FROM lane ORDER BY name";
constexpr const char* kLanesBackwards = "SELECT name, account, crc FROM lane ORDER BY name DESC";
constexpr const char* kCopies = "SELECT name, account, crc FROM lane_copy ORDER BY name";
constexpr const char* kCopiesBackwards =
    "SELECT name, account, crc FROM lane_copy ORDER BY name DESC";
constexpr const char* kCounters = "SELECT name, value, crc FROM counter ORDER BY name";
constexpr const char* kStates = "SELECT lane, series, crc, bytes FROM state ORDER BY lane, series";
constexpr const char* kStatesBackwards =
    "SELECT lane, series, crc, bytes FROM state ORDER BY lane DESC, series DESC";

/// More rows than any of the small tables has: a damaged one might seem to have no end.
constexpr std::size_t kSmallTable = 10'000;

DatabaseResult<void> ForEach(Database& database, const char* sql, std::size_t limit,
                             const std::function<void(const Statement&)>& visit) {
  auto select = database.Prepare(sql);
  if (!select) return tl::unexpected(std::move(select.error()));
  for (std::size_t i = 0; i < limit; ++i) {
    auto row = select->Step();
    if (!row) return tl::unexpected(std::move(row.error()));
    if (!*row) break;
    visit(*select);
  }
  return {};
}

/// Takes rows in.
class Reader {
 public:
  void Counter(const Statement& row) {
    const std::string name = row.Text(0);
    const auto value = static_cast<std::uint64_t>(row.Integer(1));
    if (row.Integer(2) != CounterCrc(name, value)) return;
    if (name == "commits") contents_.commits = value;
    if (name == "next_sequence") RaiseNext(value);
    if (name == "next_series") {
      contents_.next_series = std::max(contents_.next_series, static_cast<std::int64_t>(value));
    }
  }

  /// Rows of `series` first, then those of `series_copy`.
  void Series(const Statement& row) {
    const std::int64_t id = row.Integer(0);
    if (id > 0) contents_.next_series = std::max(contents_.next_series, id + 1);
    auto series = ReadSeries(row);
    if (!series) {
      damaged_series_.insert(id);
    } else if (++sound_series_[id] == 1) {
      contents_.series.push_back(std::move(*series));
    }
  }

  void Batch(const Statement& row) {
    const auto head = ReadRowHead(row, 0, "");
    if (head) {
      contents_.batches.push_back(*head);
    } else {
      contents_.damaged_rows.emplace_back(RowCache::Table::kBatch,
                                          static_cast<std::uint64_t>(row.Integer(0)));
    }
  }

  void Fold(const Statement& row) {
    const std::int64_t id = row.Integer(0);
    const std::string lane = row.Text(1);
    contents_.next_fold = std::max(contents_.next_fold, id + 1);
    if (const auto head = ReadRowHead(row, 2, lane)) {
      contents_.folds[lane].push_back({id, *head});
    } else {
      contents_.damaged_rows.emplace_back(RowCache::Table::kFold, static_cast<std::uint64_t>(id));
    }
  }

  /// Rows of `lane` first, then those of `lane_copy`.
  void Lane(const Statement& row) {
    if (auto lane = ReadLane(row)) {
      ++sound_lanes_[lane->name];
      contents_.lanes.emplace(lane->name, std::move(*lane));
    } else {
      ++contents_.damaged_lanes[row.Text(0)];
    }
  }

  SpoolContents Finish() {
    std::ranges::sort(contents_.batches, {}, &RowHead::first);
    LeaveOutOverlaps(
        contents_.batches, [](const RowHead& row) -> const RowHead& { return row; },
        [](const RowHead& row) { return RowCache::Key(RowCache::Table::kBatch, row.first); });
    for (auto& [lane, rows] : contents_.folds) {
      std::ranges::sort(rows, {}, [](const FoldedRow& row) { return row.head.first; });
      LeaveOutOverlaps(
          rows, [](const FoldedRow& row) -> const RowHead& { return row.head; },
          [](const FoldedRow& row) {
            return RowCache::Key(RowCache::Table::kFold, static_cast<std::uint64_t>(row.id));
          });
    }
    contents_.has_damaged_series = std::ranges::any_of(
        damaged_series_, [&](std::int64_t id) { return !sound_series_.contains(id); });
    for (const auto& [id, places] : sound_series_) {
      if (places < 2) contents_.half_series.push_back(id);
    }
    for (const auto& [name, places] : sound_lanes_) {
      if (places < 2) contents_.half_lanes.push_back(name);
    }
    // A position may be beyond everything, where the log has been lost.
    if (!contents_.batches.empty()) RaiseNext(contents_.batches.back().end);
    for (const auto& [name, lane] : contents_.lanes)
      RaiseNext(std::max(lane.cursor, lane.log_from));
    for (const auto& [name, lane] : contents_.lanes) contents_.damaged_lanes.erase(name);
    for (const auto& [lane, rows] : contents_.folds) {
      if (!rows.empty()) RaiseNext(rows.back().head.end);
    }
    return std::move(contents_);
  }

  SpoolContents& contents() { return contents_; }

 private:
  void RaiseNext(Sequence next) {
    contents_.next_sequence = std::max(contents_.next_sequence, next);
  }

  template <class Row, class HeadOf, class KeyOf>
  void LeaveOutOverlaps(std::vector<Row>& rows, const HeadOf& head_of, const KeyOf& key_of) {
    Sequence end = 0;
    std::erase_if(rows, [&](const Row& row) {
      if (head_of(row).first < end) {
        contents_.damaged_rows.push_back(key_of(row));
        return true;
      }
      end = head_of(row).end;
      return false;
    });
  }

  SpoolContents contents_;
  std::unordered_map<std::int64_t, int> sound_series_;  ///< in how many places
  std::map<std::string, int> sound_lanes_;              ///< likewise
  std::unordered_set<std::int64_t> damaged_series_;
};

TableScan ScanSeries(Database& database, const char* table) {
  return {database, table, "id", "id, check_name, region, kind, target, labels, departed, crc"};
}

TableScan ScanBatches(Database& database) {
  return {database, "batch", "first", std::string(kRowHeadColumns)};
}

TableScan ScanFolds(Database& database) {
  return {database, "fold", "id", fmt::format("id, lane, {}", kRowHeadColumns)};
}

}  // namespace

DatabaseResult<SpoolContents> LoadSpool(Database& database) {
  Reader reader;
  const auto counter = [&](const Statement& row) { reader.Counter(row); };
  if (auto done = ForEach(database, kCounters, kSmallTable, counter); !done) {
    return tl::unexpected(std::move(done.error()));
  }
  const auto lane = [&](const Statement& row) { reader.Lane(row); };
  for (const char* sql : {kLanes, kCopies}) {
    if (auto done = ForEach(database, sql, kSmallTable, lane); !done) {
      return tl::unexpected(std::move(done.error()));
    }
  }
  const std::pair<TableScan, TableScan::Visit> scans[] = {
      {ScanSeries(database, "series"), [&](const Statement& row) { reader.Series(row); }},
      {ScanSeries(database, "series_copy"), [&](const Statement& row) { reader.Series(row); }},
      {ScanBatches(database), [&](const Statement& row) { reader.Batch(row); }},
      {ScanFolds(database), [&](const Statement& row) { reader.Fold(row); }},
  };
  for (auto [scan, visit] : scans) {
    if (auto done = scan.All(visit); !done) return tl::unexpected(std::move(done.error()));
  }
  return reader.Finish();
}

SpoolContents SalvageSpool(Database& database) {
  Reader reader;
  (void)ForEach(database, kCounters, kSmallTable,
                [&](const Statement& row) { reader.Counter(row); });
  const auto lane = [&](const Statement& row) { reader.Lane(row); };
  for (const char* sql : {kLanes, kLanesBackwards, kCopies, kCopiesBackwards}) {
    (void)ForEach(database, sql, kSmallTable, lane);
  }
  const auto series = [&](const Statement& row) { reader.Series(row); };
  bool has_all_series = ScanSeries(database, "series").Readable(series);
  has_all_series = ScanSeries(database, "series_copy").Readable(series) || has_all_series;
  const bool has_all_batches =
      ScanBatches(database).Readable([&](const Statement& row) { reader.Batch(row); });
  const bool has_all_folds =
      ScanFolds(database).Readable([&](const Statement& row) { reader.Fold(row); });
  SpoolContents contents = reader.Finish();
  contents.has_damaged_series = contents.has_damaged_series || !has_all_series;
  contents.is_incomplete = !has_all_series || !has_all_batches || !has_all_folds;
  return contents;
}

void SalvageStates(Database& database,
                   const std::function<bool(const std::string& lane, std::int64_t series,
                                            const std::string& bytes)>& take) {
  std::set<std::pair<std::string, std::int64_t>> taken;
  bool is_going_on = true;
  for (const char* sql : {kStates, kStatesBackwards}) {
    auto select = database.Prepare(sql);
    if (!select) return;
    while (is_going_on) {
      const auto row = select->Step();
      if (!row) break;  // the rest is tried from the other side
      if (!*row) return;
      std::pair key(select->Text(0), select->Integer(1));
      const std::string bytes(select->Blob(3));
      if (select->Integer(2) != StateCrc(key.first, key.second, bytes)) continue;
      if (!taken.insert(key).second) return;  // met what was read from the other side
      is_going_on = take(key.first, key.second, bytes);
    }
  }
}

}  // namespace gaikei
