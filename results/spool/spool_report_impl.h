#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <variant>

#include "results/database.h"
#include "results/spool/spool_contents.h"
#include "results/spool/spool_report.h"
#include "results/spool/spool_rows.h"

namespace gaikei {

/// Which part of the log and of its own rows a lane has still to deliver.
class LaneRange {
 public:
  explicit LaneRange(const LaneRow& lane)
      : cursor_(lane.cursor),
        log_from_(std::max(lane.cursor, lane.log_from)),
        folded_until_(lane.log_from),
        until_(lane.until),
        takes_rollups_(lane.takes_rollups) {}

  bool HasSomeOfFold(const RowHead& row) const {
    return IsWithin(row.first, row.end, cursor_) && row.first < folded_until_;
  }
  bool HasSomeOfLog(const RowHead& row) const { return IsWithin(row.first, row.end, log_from_); }
  bool HasInFold(const SpoolItem& item) const { return Has(item, cursor_); }
  bool HasInLog(const SpoolItem& item) const { return Has(item, log_from_); }

 private:
  bool IsWithin(Sequence first, Sequence end, Sequence from) const {
    return end > from && (until_ == 0 || first < until_);
  }
  bool Has(const SpoolItem& item, Sequence from) const {
    return IsWithin(item.sequence, item.end, from) &&
           (takes_rollups_ || !std::holds_alternative<Rollup>(item.content));
  }

  Sequence cursor_;
  Sequence log_from_;
  Sequence folded_until_;
  Sequence until_;
  bool takes_rollups_;
};

/// Which of the series that are there a lane wants, as far as that can be told.
struct LaneChoice {
  /// Null: all of them.
  const std::function<bool(const SampleSeries&)>* selects = nullptr;
  bool is_all = true;      ///< it does want all of them
  bool is_certain = true;  ///< it was so when the lane's row was written

  bool Has(const SampleSeries& series) const { return selects == nullptr || (*selects)(series); }
};

/// `selects` is what the configuration at hand says; null where there is none.
LaneChoice ChoiceOf(const LaneRow& lane,
                    const std::map<std::int64_t, std::shared_ptr<const SampleSeries>>& series,
                    const std::function<bool(const SampleSeries&)>* selects);

/// While it lives, everything that is read is of one moment.
class Snapshot {
 public:
  explicit Snapshot(Database& database) : database_(database) { (void)database.Execute("BEGIN"); }
  ~Snapshot() { (void)database_.Execute("ROLLBACK"); }
  Snapshot(const Snapshot&) = delete;
  Snapshot& operator=(const Snapshot&) = delete;

 private:
  Database& database_;
};

struct SpoolReport::Impl {
  Impl(std::string file, Database open, Selections wanted)
      : path(std::move(file)), database(std::move(open)), selections(std::move(wanted)) {}

  /// What can be read of it.
  SpoolContents Load(bool& is_damaged);
  /// Null where it is not known.
  const std::function<bool(const SampleSeries&)>* SelectionOf(const std::string& lane) const {
    const auto found = selections.find(lane);
    return found == selections.end() ? nullptr : &found->second;
  }

  const std::string path;
  Database database;
  const Selections selections;
};

}  // namespace gaikei
