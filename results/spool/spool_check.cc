// `gaikei spool check`: everything in a spool against its checksums, and the counts against what is
// there.

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <string_view>
#include <utility>

#include "results/spool/lane_book.h"
#include "results/spool/sample_codec.h"
#include "results/spool/spool_report_impl.h"
#include "results/spool/table_scan.h"
#include "results/text.h"

namespace gaikei {
namespace {

constexpr std::size_t kMaxLines = 1000;

/// One lane, and what was found for it.
struct CheckedLane {
  explicit CheckedLane(LaneRow as_written) : row(std::move(as_written)), range(row) {}

  LaneRow row;
  LaneRange range;
  LaneChoice choice;
  std::uint64_t found = 0;  ///< samples that wait
};

class Checker {
 public:
  using SelectionOf =
      std::function<const std::function<bool(const SampleSeries&)>*(const std::string& lane)>;

  Checker(Database& database, SelectionOf selection_of)
      : database_(database), selection_of_(std::move(selection_of)) {}

  SpoolCheck Run() {
    LookAtFile();
    LookAtCounters();
    LookAtSeries();
    LookAtLanes();
    LookAtBatches();
    LookAtFolds();
    LookAtStates();
    Compare();
    return std::move(check_);
  }

 private:
  template <class... Args>
  void Fault(fmt::format_string<Args...> format, Args&&... args) {
    Add(check_.faults, fmt::format(format, std::forward<Args>(args)...));
  }
  static void Add(std::vector<std::string>& lines, std::string line) {
    if (lines.size() < kMaxLines) lines.push_back(std::move(line));
    if (lines.size() == kMaxLines) lines.back() = "... and more";
  }

  /// Every row that the statement gives; what stops it is a fault.
  void ForEach(const char* table, const char* sql,
               const std::function<void(const Statement&)>& visit) {
    auto select = database_.Prepare(sql);
    if (!select) return Fault("table {}: {}", table, Escape(select.error().message));
    for (;;) {
      const auto row = select->Step();
      if (!row) return Fault("table {}: {}", table, Escape(row.error().message));
      if (!*row) return;
      visit(*select);
    }
  }

  /// Likewise of a table with a number for its key, also behind places that cannot be read.
  void Scan(const char* table, const char* key, const std::string& columns,
            const TableScan::Visit& visit) {
    if (!TableScan(database_, table, key, columns).Readable(visit)) {
      Fault("table {}: some of its rows cannot be read", table);
    }
  }

  void LookAtFile();
  void LookAtCounters();
  void LookAtSeries();
  void LookAtLanes();
  void LookAtBatches();
  void LookAtFolds();
  void LookAtStates();
  void Compare();
  std::map<std::string, LaneRow> ReadLanes(const char* table, const char* sql);
  std::optional<std::vector<SpoolItem>> ReadItems(const Statement& row, int column,
                                                  const std::string& lane, const std::string& name);
  void Count(CheckedLane& lane, const SpoolItem& item) const;

  Database& database_;
  const SelectionOf selection_of_;
  SpoolCheck check_;
  Sequence next_sequence_ = 0;  ///< 0: not known
  std::map<std::int64_t, std::shared_ptr<const SampleSeries>> series_;
  std::map<std::string, CheckedLane> lanes_;
  Sequence end_of_log_ = 0;
  std::map<std::string, std::vector<std::pair<Sequence, Sequence>>> folded_;  ///< ranges, by lane
};

void Checker::LookAtFile() {
  ForEach("file", "PRAGMA integrity_check(100)", [this](const Statement& row) {
    const std::string said = row.Text(0);
    if (said != "ok") Fault("database: {}", Escape(said));
  });
}

void Checker::LookAtCounters() {
  ForEach("counter", "SELECT name, value, crc FROM counter", [this](const Statement& row) {
    const std::string name = row.Text(0);
    const auto value = static_cast<std::uint64_t>(row.Integer(1));
    if (row.Integer(2) != CounterCrc(name, value)) {
      Fault("counter \"{}\": its checksum is wrong", Escape(name));
    } else if (name == "next_sequence") {
      next_sequence_ = value;
    }
  });
}

void Checker::LookAtSeries() {
  struct Rows {
    std::map<std::int64_t, std::shared_ptr<const SampleSeries>> sound;
    std::set<std::int64_t> damaged;
  };
  const auto read = [this](const char* table) {
    Rows rows;
    Scan(table, "id", "id, check_name, region, kind, target, labels, departed, crc",
         [&rows](const Statement& row) {
           if (auto series = ReadSeries(row)) {
             rows.sound.emplace(series->series->id, series->series);
           } else {
             rows.damaged.insert(row.Integer(0));
           }
         });
    return rows;
  };
  Rows rows = read("series");
  const Rows copies = read("series_copy");
  for (const std::int64_t id : rows.damaged) {
    Fault("series {}: its checksum is wrong{}", id,
          copies.sound.contains(id) ? "; its copy is used" : "");
  }
  for (const auto& [id, series] : rows.sound) {
    if (copies.damaged.contains(id)) {
      Fault("series {}: the checksum of its copy is wrong", id);
    } else if (!copies.sound.contains(id)) {
      Fault("series {}: there is no copy of it", id);
    }
  }
  series_ = std::move(rows.sound);
  for (const auto& [id, copy] : copies.sound) {
    const bool is_only = series_.emplace(id, copy).second && !rows.damaged.contains(id);
    if (is_only) Fault("series {}: there is a copy of it only", id);
  }
}

std::map<std::string, LaneRow> Checker::ReadLanes(const char* table, const char* sql) {
  std::map<std::string, LaneRow> lanes;
  ForEach(table, sql, [&](const Statement& row) {
    if (auto lane = ReadLane(row)) {
      lanes.emplace(lane->name, std::move(*lane));
    } else {
      Fault("{} \"{}\": its checksum is wrong, or its counts do not add up", table,
            Escape(row.Text(0)));
    }
  });
  return lanes;
}

void Checker::LookAtLanes() {
  auto lanes = ReadLanes("lane", "SELECT name, account, crc FROM lane");
  auto copies = ReadLanes("lane_copy", "SELECT name, account, crc FROM lane_copy");
  for (const auto& [name, lane] : lanes) {
    const auto copy = copies.find(name);
    if (copy == copies.end()) {
      Fault("lane \"{}\": there is no copy of it", Escape(name));
    } else if (EncodeLane(copy->second) != EncodeLane(lane)) {
      Fault("lane \"{}\": its copy says something else", Escape(name));
    }
  }
  for (auto& [name, copy] : copies) {
    if (lanes.contains(name)) continue;
    Fault("lane \"{}\": there is a copy of it only", Escape(name));
    lanes.emplace(name, std::move(copy));
  }
  for (auto& [name, lane] : lanes) {
    auto& checked = lanes_.try_emplace(name, std::move(lane)).first->second;
    checked.choice = ChoiceOf(checked.row, series_, selection_of_(name));
  }
}

/// A row of `batch` or `fold`, checked from the column on where its head begins; `counts` and
/// `bytes` stand behind. Absent where its items cannot be had.
std::optional<std::vector<SpoolItem>> Checker::ReadItems(const Statement& row, int column,
                                                         const std::string& lane,
                                                         const std::string& name) {
  constexpr int kHeadColumns = 9;
  ++check_.rows;
  const auto head = ReadRowHead(row, column, lane);
  if (!head) {
    Fault("{}: the checksum of its head is wrong", name);
    return std::nullopt;
  }
  const std::string_view counts_bytes = row.Blob(column + kHeadColumns);
  const std::string_view bytes = row.Blob(column + kHeadColumns + 1);
  const auto counts = DecodeCounts(counts_bytes);
  if (!counts) Fault("{}: the checksum of its counts is wrong", name);
  if (Crc32(bytes) != head->crc) {
    Fault("{}: the checksum of its items is wrong", name);
    return std::nullopt;
  }
  std::set<std::int64_t> unknown;
  auto items = DecodeItems(bytes, [&](std::int64_t id) -> std::shared_ptr<const SampleSeries> {
    const auto found = series_.find(id);
    if (found != series_.end()) return found->second;
    unknown.insert(id);
    return nullptr;
  });
  if (!unknown.empty()) {
    Fault("{}: is of series {}, which is not there", name, *unknown.begin());
    return std::nullopt;
  }
  if (!items || items->empty()) {
    Fault("{}: holds no items", name);
    return std::nullopt;
  }
  const RowHead is = MakeItemRow(*items, head->level).head;
  if (is.first != head->first || is.end != head->end || is.samples != head->samples ||
      is.oldest_at != head->oldest_at || is.newest_at != head->newest_at ||
      head->size != bytes.size() + counts_bytes.size()) {
    Fault("{}: its head does not fit its items", name);
  }
  if (counts && EncodeCounts(CountSeries(*items)) != counts_bytes) {
    Fault("{}: its counts do not fit its items", name);
  }
  for (const SpoolItem& item : *items) check_.samples += item.samples();
  return items;
}

void Checker::Count(CheckedLane& lane, const SpoolItem& item) const {
  if (lane.choice.Has(item.series())) lane.found += item.samples();
}

void Checker::LookAtBatches() {
  Scan("batch", "first", fmt::format("{}, counts, bytes", kRowHeadColumns),
       [this](const Statement& row) {
         const std::string name = fmt::format("batch {}", row.Integer(0));
         const auto items = ReadItems(row, 0, "", name);
         if (!items) return;
         if (items->front().sequence < end_of_log_) Fault("{}: begins within another one", name);
         end_of_log_ = std::max(end_of_log_, items->back().end);
         for (auto& [lane_name, lane] : lanes_) {
           for (const SpoolItem& item : *items) {
             if (lane.range.HasInLog(item)) Count(lane, item);
           }
         }
       });
}

void Checker::LookAtFolds() {
  Scan("fold", "id", fmt::format("id, lane, {}, counts, bytes", kRowHeadColumns),
       [this](const Statement& row) {
         const std::string name = fmt::format("fold {}", row.Integer(0));
         const std::string lane_name = row.Text(1);
         const auto items = ReadItems(row, 2, lane_name, name);
         if (!items) return;
         const auto lane = lanes_.find(lane_name);
         if (lane == lanes_.end()) {
           return Fault("{}: belongs to \"{}\", which is not there", name, Escape(lane_name));
         }
         // What has been passed, and is not yet deleted.
         const auto head = ReadRowHead(row, 2, lane_name);
         if (!head || !lane->second.range.HasSomeOfFold(*head)) return;
         folded_[lane_name].emplace_back(head->first, head->end);
         for (const SpoolItem& item : *items) {
           if (lane->second.range.HasInFold(item)) Count(lane->second, item);
         }
       });
  for (auto& [lane, ranges] : folded_) {
    std::ranges::sort(ranges);
    for (std::size_t i = 1; i < ranges.size(); ++i) {
      if (ranges[i].first < ranges[i - 1].second) {
        Fault("lane \"{}\": of what was folded for it two rows have {} in common", Escape(lane),
              ranges[i].first);
      }
    }
    if (!ranges.empty() && ranges.back().second > lanes_.at(lane).row.log_from) {
      Fault("lane \"{}\": what was folded for it reaches into the log", Escape(lane));
    }
  }
}

void Checker::LookAtStates() {
  ForEach("state", "SELECT lane, series, crc, bytes FROM state", [this](const Statement& row) {
    const std::string lane = row.Text(0);
    const std::int64_t series = row.Integer(1);
    if (row.Integer(2) != StateCrc(lane, series, row.Blob(3))) {
      Fault("state of \"{}\", series {}: its checksum is wrong", Escape(lane), series);
    } else if (!lanes_.contains(lane)) {
      Fault("state of \"{}\", series {}: there is no such lane", Escape(lane), series);
    }
  });
}

void Checker::Compare() {
  for (const auto& [name, lane] : lanes_) {
    if (next_sequence_ != 0 && std::max(lane.row.cursor, lane.row.log_from) > next_sequence_) {
      Fault("lane \"{}\": its position lies behind the end of the log", Escape(name));
    }
    if (!lane.choice.is_certain) {
      Add(check_.notes, fmt::format("lane \"{}\": takes some of the checks only, and the "
                                    "configuration at hand does not say which: its count was not "
                                    "compared",
                                    Escape(name)));
    } else if (lane.found != lane.row.spooled) {
      Fault("lane \"{}\": {} samples should wait for it, and {} do", Escape(name), lane.row.spooled,
            lane.found);
    }
  }
  if (next_sequence_ != 0 && end_of_log_ > next_sequence_) {
    Fault("the log ends behind its end: {} instead of {}", end_of_log_, next_sequence_);
  }
}

}  // namespace

SpoolCheck SpoolReport::Check() {
  const Snapshot snapshot(impl_->database);
  Checker checker(impl_->database,
                  [this](const std::string& lane) { return impl_->SelectionOf(lane); });
  return checker.Run();
}

}  // namespace gaikei
