#include "results/spool/fold.h"

#include <algorithm>
#include <chrono>
#include <map>
#include <optional>
#include <utility>
#include <variant>

namespace gaikei {
namespace {

void Slim(Sample& sample) {
  sample.json.clear();
  if (sample.counts != Counts::kGood) return;
  Latest kept;
  kept.status = sample.latest.status;
  kept.has_started = sample.latest.has_started;
  kept.duration = sample.latest.duration;
  sample.latest = std::move(kept);
  sample.phase.clear();
  sample.message.clear();
  sample.address.clear();
  sample.port = 0;
  sample.trace_id.clear();
}

/// Of which roll-ups are made at that level; absent: one of everything.
std::optional<Span> WindowOf(FoldLevel level) {
  if (level == FoldLevel::kMinute) return std::chrono::minutes(1);
  if (level == FoldLevel::kHour) return std::chrono::hours(1);
  return std::nullopt;
}

void Add(Rollup& into, const Sample& sample) {
  // The clock may have been set back in between.
  into.from = std::min(into.from, sample.at);
  into.at = std::max(into.at, sample.at);
  into.samples += 1;
  into.good += sample.counts == Counts::kGood ? 1 : 0;
  into.bad += sample.counts == Counts::kBad ? 1 : 0;
  into.missing += sample.counts == Counts::kMissing ? 1 : 0;
  const Latest& seen = sample.latest;
  into.tally.Add(seen.status, sample.reason, seen.duration, seen.phases);
  into.exponential.Add(seen.status, sample.reason, seen.duration, seen.phases);
}

void Add(Rollup& into, const Rollup& more) {
  into.from = std::min(into.from, more.from);
  into.at = std::max(into.at, more.at);
  into.samples += more.samples;
  into.good += more.good;
  into.bad += more.bad;
  into.missing += more.missing;
  into.tally.Merge(more.tally);
  into.exponential.Merge(more.exponential);
}

/// Makes roll-ups. Each stands where the first item did that it is made of.
class Folder {
 public:
  explicit Folder(std::optional<Span> window) : window_(window) {}

  void Take(SpoolItem item) {
    if (const auto* sample = std::get_if<Sample>(&item.content)) {
      if (Rollup* open = Open(*sample, sample->at, sample->at)) return Add(*open, *sample);
      Rollup rollup;
      rollup.series = sample->series;
      rollup.from = sample->at;
      rollup.at = sample->at;
      Add(rollup, *sample);
      item.content = std::move(rollup);
    } else if (const auto* rollup = std::get_if<Rollup>(&item.content)) {
      if (Rollup* open = Open(*rollup, rollup->from, rollup->at)) return Add(*open, *rollup);
    } else {
      // What comes after it is not mixed with what was before.
      open_.erase(item.series().id);
    }
    folded_.push_back(std::move(item));
  }

  /// `end` is that of the last item.
  std::vector<SpoolItem> Finish(Sequence end) {
    for (std::size_t i = 0; i < folded_.size(); ++i) {
      folded_[i].end = i + 1 < folded_.size() ? folded_[i + 1].sequence : end;
    }
    return std::move(folded_);
  }

 private:
  /// The roll-up that has to take what is of that time; null: the next of `folded_` is one of its
  /// own, and takes what follows of the same window.
  template <class Content>
  Rollup* Open(const Content& content, WallTime from, WallTime at) {
    const std::int64_t number = NumberOf(at);
    if (NumberOf(from) != number) return nullptr;  // is coarser already
    const auto [open, is_new] = open_[content.series->id].emplace(number, folded_.size());
    return is_new ? nullptr : &std::get<Rollup>(folded_[open->second].content);
  }

  /// Of the window that a time lies in.
  std::int64_t NumberOf(WallTime at) const {
    if (!window_) return 0;
    const std::int64_t time = at.time_since_epoch().count();
    const std::int64_t number = time / window_->count();
    return time % window_->count() < 0 ? number - 1 : number;
  }

  const std::optional<Span> window_;
  std::vector<SpoolItem> folded_;
  /// Places in `folded_` of the roll-ups that may still grow, by series and window.
  std::map<std::int64_t, std::map<std::int64_t, std::size_t>> open_;
};

}  // namespace

std::vector<SpoolItem> Fold(std::vector<SpoolItem> items, FoldLevel level) {
  if (level == FoldLevel::kFull || items.empty()) return items;
  if (level == FoldLevel::kSlim) {
    for (SpoolItem& item : items) {
      if (auto* sample = std::get_if<Sample>(&item.content)) Slim(*sample);
    }
    return items;
  }
  const Sequence end = items.back().end;
  Folder folder(WindowOf(level));
  for (SpoolItem& item : items) folder.Take(std::move(item));
  return folder.Finish(end);
}

}  // namespace gaikei
