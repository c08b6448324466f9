#include "results/upstream/mackerel/check_book.h"

#include <algorithm>
#include <utility>

#include "results/tally.h"
#include "results/upstream/mackerel/record.h"

namespace gaikei::mackerel {
namespace {

/// In front of the bytes: another number, another layout.
constexpr std::int64_t kBookLayout = 1;
/// Minutes before the newest one whose durations stay exact, however many they are.
constexpr Minute kExactMinutes = 10;
/// Durations of an older minute that are still kept one by one: they take less than a histogram.
constexpr std::size_t kFewDurations = 8;
/// Minutes of the future that no clock has to be wrong for.
constexpr Minute kClockTolerance = 1;

void Write(RecordWriter& out, const MinuteTally& tally) {
  out.AddCount(tally.good);
  out.AddCount(tally.bad);
  out.AddCount(tally.missing);
  out.AddNumber(tally.is_due ? 1 : 0);
  out.AddTime(tally.expires_at);
  out.AddCount(tally.durations.exact.size());
  for (const Span duration : tally.durations.exact) out.AddNumber(duration.count());
  if (tally.durations.folded.Total() == 0) return out.AddText("");
  ExponentialTally folded;
  folded.duration = tally.durations.folded;
  out.AddText(folded.Encode());
}

/// What is read may be damaged: nothing in it may overflow what it is added to.
bool IsSound(Span duration) {
  return duration >= Span::zero() && duration < std::chrono::hours(24 * 365);
}

bool IsSound(const ExponentialHistogram& histogram) {
  return IsSound(histogram.min) && IsSound(histogram.max) && histogram.sum >= Span::zero() &&
         histogram.sum < Span(std::int64_t{1} << 56U);
}

bool IsSound(Minute minute) { return minute >= 0 && minute < MinuteOf(WallTime::max()); }

/// Absent when a part is none of Write()'s.
std::optional<MinuteTally> ReadTally(RecordReader& in) {
  MinuteTally tally;
  tally.good = static_cast<std::uint64_t>(in.Number());
  tally.bad = static_cast<std::uint64_t>(in.Number());
  tally.missing = static_cast<std::uint64_t>(in.Number());
  tally.is_due = in.Number() != 0;
  tally.expires_at = in.Time();
  const std::size_t count = in.Count();
  for (std::size_t i = 0; i < count && in.ok(); ++i) {
    tally.durations.exact.emplace_back(in.Number());
    if (!IsSound(tally.durations.exact.back())) return std::nullopt;
  }
  if (const std::string bytes = in.Text(); !bytes.empty()) {
    auto folded = ExponentialTally::Decode(bytes);
    if (!folded || !IsSound(folded->duration)) return std::nullopt;
    tally.durations.folded = std::move(folded->duration);
  }
  if (!in.ok()) return std::nullopt;
  return tally;
}

}  // namespace

void MinuteTally::Add(const Sample& sample) {
  switch (sample.counts) {
    case Counts::kGood:
      ++good;
      break;
    case Counts::kBad:
      ++bad;
      break;
    case Counts::kMissing:
      ++missing;
      break;
  }
  const Latest& seen = sample.latest;
  if (Tally::HasDuration(seen.status, sample.reason)) durations.exact.push_back(seen.duration);
  if (seen.tls && seen.tls->expires_at) expires_at = seen.tls->expires_at;
  is_due = true;
}

void MinuteTally::Add(const Rollup& rollup) {
  good += rollup.good;
  bad += rollup.bad;
  missing += rollup.missing;
  durations.folded.Merge(rollup.exponential.duration);
  is_due = true;
}

void MinuteTally::Merge(const MinuteTally& more) {
  good += more.good;
  bad += more.bad;
  missing += more.missing;
  durations.Merge(more.durations);
}

MinuteTally* CheckBook::TallyOf(Minute minute, Minute current) {
  if (minute < complete_from) {
    const Minute latest = current + kClockTolerance;
    if (minutes.empty() || minutes.rbegin()->first <= latest) return nullptr;
    minutes.erase(minutes.upper_bound(latest), minutes.end());
    complete_from = minute;
  }
  return &minutes[minute];
}

std::optional<MinuteTally> CheckBook::HourUntil(Minute minute) const {
  const Minute first = minute - kHour + 1;
  if (first < complete_from) return std::nullopt;
  MinuteTally hour;
  for (auto it = minutes.lower_bound(first); it != minutes.end() && it->first <= minute; ++it) {
    hour.Merge(it->second);
  }
  return hour;
}

bool CheckBook::HasDue() const {
  return std::any_of(minutes.begin(), minutes.end(),
                     [](const auto& entry) { return entry.second.is_due; });
}

void CheckBook::Prune() {
  if (minutes.empty()) return;
  const Minute newest = minutes.rbegin()->first;
  for (auto it = minutes.begin(); it != minutes.end();) {
    auto& [minute, tally] = *it;
    if (!tally.is_due && minute < newest - kKept) {
      it = minutes.erase(it);
      complete_from = std::max(complete_from, newest - kKept);
      continue;
    }
    if (!tally.is_due && minute < newest - kExactMinutes &&
        tally.durations.exact.size() > kFewDurations) {
      tally.durations.Fold();
    }
    ++it;
  }
}

std::string CheckBook::Encode() const {
  RecordWriter out;
  out.AddNumber(kBookLayout);
  out.AddText(check);
  out.AddText(region);
  out.AddTime(departed_at);
  out.AddNumber(complete_from);
  outages.Write(out);
  out.AddCount(minutes.size());
  for (const auto& [minute, tally] : minutes) {
    out.AddNumber(minute);
    Write(out, tally);
  }
  return out.Take();
}

std::optional<CheckBook> CheckBook::Decode(std::string_view bytes) {
  RecordReader in(bytes);
  if (in.Number() != kBookLayout) return std::nullopt;
  CheckBook book;
  book.check = in.Text();
  book.region = in.Text();
  book.departed_at = in.Time();
  book.complete_from = in.Number();
  if (book.complete_from != kEver && !IsSound(book.complete_from)) return std::nullopt;
  book.outages = OutageWatch::Read(in);
  const std::size_t count = in.Count();
  for (std::size_t i = 0; i < count && in.ok(); ++i) {
    const Minute minute = in.Number();
    auto tally = ReadTally(in);
    if (!tally || !IsSound(minute)) return std::nullopt;
    book.minutes.insert_or_assign(minute, std::move(*tally));
  }
  if (!in.IsDone()) return std::nullopt;
  return book;
}

}  // namespace gaikei::mackerel
