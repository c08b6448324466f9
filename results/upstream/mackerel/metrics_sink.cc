#include "results/upstream/mackerel/metrics_sink.h"

#include <fmt/format.h>

#include <algorithm>
#include <span>
#include <tuple>
#include <type_traits>
#include <utility>
#include <variant>

#include "results/upstream/mackerel/graph_annotation.h"
#include "results/upstream/mackerel/minute.h"
#include "results/upstream/mackerel/names.h"
#include "results/upstream/mapping.h"

namespace gaikei::mackerel {
namespace {

/// A minute is posted so long after its end: what was over within it is in the spool by then.
constexpr Span kGrace = std::chrono::seconds(5);
/// Values in one call: some 100 KiB. Mackerel names no bound.
constexpr std::size_t kValuesPerCall = 1000;
/// What is older is thrown away by Mackerel; five minutes of it are for clocks that differ.
constexpr Span kOldest = std::chrono::hours(24) - std::chrono::minutes(5);
/// Made in one delivery at most, two calls each.
constexpr std::size_t kAnnouncementsPerDelivery = 10;
/// A book of a check that is no longer made is kept so long for what is late.
constexpr Span kDepartedKept = std::chrono::minutes(CheckBook::kKept);

/// Numbers the minutes in which posts are made: round n posts what lies before minute n.
std::int64_t RoundOf(WallTime now) { return MinuteOf(now - kGrace); }

/// Whether a minute can be posted in that round. One that lies far ahead is not waited for: a clock
/// was wrong.
bool IsOver(Minute minute, std::int64_t round) { return minute < round || minute > round + 2; }

}  // namespace

MetricsSink::MetricsSink(const UpstreamSpec& spec, const SenderIdentity& sender, LaneStates& states,
                         Transport& transport, std::function<WallTime()> now)
    : service_(spec.mackerel.service),
      prefix_(spec.mackerel.metric_prefix),
      has_annotations_(spec.mackerel.has_annotations),
      families_{!Drops(spec.mapping, "histograms"), !Drops(spec.mapping, "latest")},
      now_(now),
      api_(spec, sender, transport, std::move(now)),
      shelf_(states),
      bound_(kValuesPerCall) {}

MetricsSink::Cover MetricsSink::CoverOf(std::span<const SpoolItem* const> items,
                                        const Limits& limits) const {
  const std::size_t most = std::min(items.size(), limits.items);
  const std::int64_t round = RoundOf(limits.now);
  Cover cover;
  const auto is_ready = [&](const SpoolItem& item) {
    return limits.is_final || std::holds_alternative<Departure>(item.content) ||
           IsOver(MinuteOf(item.at()), round);
  };
  while (cover.items < most && is_ready(*items[cover.items])) ++cover.items;
  cover.is_all = cover.items < most || items.size() < limits.items;
  if (cover.is_all || limits.is_final || suspects_ > 0 || cover.items < 2) return cover;

  // More may follow of the last minute: the delivery ends before it.
  const auto minute_at = [&](std::size_t i) { return MinuteOf(items[i]->at()); };
  Minute last = minute_at(0);
  for (std::size_t i = 1; i < cover.items; ++i) last = std::max(last, minute_at(i));
  std::size_t first = 0;
  while (minute_at(first) != last) ++first;
  if (first > 0) {
    cover.items = first;
  } else {
    // It is larger than a delivery. One item stays, so that there is another delivery to post it.
    cover.held = last;
    --cover.items;
  }
  return cover;
}

std::size_t MetricsSink::Prepare(std::span<const SpoolItem* const> items, const Limits& limits) {
  Clear();
  round_ = RoundOf(limits.now);
  const bool is_free = limits.is_final || suspects_ > 0;
  if (!is_free && (posted_round_ == round_ || api_.IsBusyMinute(limits.now))) return 0;
  const Cover cover = CoverOf(items, limits);
  if (cover.items == 0) return 0;
  covered_ = cover.items;
  is_complete_ = cover.is_all;
  for (std::size_t i = 0; i < covered_; ++i) Take(*items[i], MinuteOf(limits.now), cover.held);
  Collect(cover.held);
  if (has_annotations_) CollectAnnouncements(limits.is_final);
  return covered_;
}

void MetricsSink::Take(const SpoolItem& item, Minute current, std::optional<Minute> held) {
  const BookKey key(item.series().check->name, item.series().region);
  if (const auto* departure = std::get_if<Departure>(&item.content)) {
    if (shelf_.Find(key) != nullptr) shelf_.Change(key).departed_at = departure->at;
    return;
  }
  CheckBook& book = shelf_.Change(item.series());
  book.departed_at.reset();
  const Minute minute = MinuteOf(item.at());
  MinuteTally* const tally = book.TallyOf(minute, current);
  if (tally == nullptr) {
    expired_ += item.samples();
  } else if (minute != held) {
    waiting_[minute] += item.samples();
  }
  std::visit(
      [&](const auto& content) {
        if constexpr (!std::is_same_v<std::decay_t<decltype(content)>, Departure>) {
          if (tally != nullptr) tally->Add(content);
          if (has_annotations_) book.outages.Add(content);
        }
      },
      item.content);
}

void MetricsSink::Collect(std::optional<Minute> held) {
  for (const BookKey& key : shelf_.Keys()) {
    const CheckBook& book = *shelf_.Find(key);
    if (book.departed_at && *book.departed_at + kDepartedKept < now_() && !book.HasDue()) {
      shelf_.Remove(key);
      continue;
    }
    CollectFrom(book, held);
  }
  std::sort(values_.begin(), values_.end(), [](const MetricValue& a, const MetricValue& b) {
    return std::tie(a.minute, a.name) < std::tie(b.minute, b.name);
  });
}

void MetricsSink::CollectFrom(const CheckBook& book, std::optional<Minute> held) {
  const BookKey key(book.check, book.region);
  std::string stem;
  std::optional<Minute> latest_due;  // so far
  for (const auto& [minute, tally] : book.minutes) {
    const bool is_due = tally.is_due && minute != held;
    // The hours of what was posted change with a minute before them.
    const bool is_touched = latest_due && minute < *latest_due + CheckBook::kHour;
    if (!is_due && (!is_touched || tally.is_due)) continue;
    if (stem.empty()) stem = MetricStem(prefix_, book.check, book.region);
    if (is_due) {
      AppendMinute(book, minute, stem, families_, values_);
      due_.emplace(key, minute);
      latest_due = minute;
    } else {
      AppendHour(book, minute, stem, families_, values_);
    }
  }
}

void MetricsSink::CollectAnnouncements(bool is_final) {
  for (const BookKey& key : shelf_.Keys()) {
    for (const Outage& outage : shelf_.Find(key)->outages.ended) {
      if (!is_final && announcements_.size() == kAnnouncementsPerDelivery) return;
      announcements_.push_back({key, outage});
    }
  }
}

void MetricsSink::Send(Done done) {
  done_ = std::move(done);
  PostNext();
}

void MetricsSink::PostNext() {
  const Minute oldest = MinuteOf(now_() - kOldest);
  while (next_ < values_.size() && values_[next_].minute < oldest) {
    const auto waiting = waiting_.find(values_[next_].minute);
    if (waiting != waiting_.end()) {
      expired_ += waiting->second;
      waiting_.erase(waiting);
    }
    ++next_;
  }
  if (next_ == values_.size()) return AnnounceNext();
  const std::size_t end = std::min(next_ + bound_, values_.size());
  const auto values = std::span(values_).subspan(next_, end - next_);
  api_.Ask(PostServiceMetrics(service_, values),
           [this, end](const ApiAnswer& answer) { OnPosted(end, answer); });
}

void MetricsSink::OnPosted(std::size_t end, const ApiAnswer& answer) {
  if (answer.verdict.kind == Verdict::Kind::kTooLarge && end - next_ > 1) {
    bound_ = (end - next_) / 2;
    return PostNext();
  }
  if (answer.verdict.kind != Verdict::Kind::kTaken) return Finish(answer.verdict);
  next_ = end;
  waiting_.erase(waiting_.begin(), next_ < values_.size()
                                       ? waiting_.lower_bound(values_[next_].minute)
                                       : waiting_.end());
  PostNext();
}

void MetricsSink::AnnounceNext() {
  if (next_announcement_ == announcements_.size()) return Finish({});
  const auto& [key, outage, is_over] = announcements_[next_announcement_];
  Annotate(api_, AnnotationOf(outage, key.first, key.second, service_),
           [this](const Verdict& verdict) { OnAnnounced(verdict); });
}

void MetricsSink::OnAnnounced(const Verdict& verdict) {
  const bool is_later =
      verdict.kind == Verdict::Kind::kRetry || verdict.kind == Verdict::Kind::kForbidden;
  if (verdict.kind != Verdict::Kind::kTaken) note_ = verdict.message;
  if (is_later) return Finish({});
  announcements_[next_announcement_].is_over = true;
  ++next_announcement_;
  AnnounceNext();
}

void MetricsSink::Finish(Verdict verdict) {
  last_ = verdict.kind;
  switch (verdict.kind) {
    case Verdict::Kind::kTaken:
      verdict.expired = expired_;
      verdict.message = note_;
      if (note_.empty() && expired_ > 0) {
        verdict.message =
            fmt::format("service metrics: {} samples were older than Mackerel takes", expired_);
      }
      break;
    case Verdict::Kind::kRefused:
    case Verdict::Kind::kTooLarge:
      suspects_ = std::max(suspects_, covered_);
      break;
    case Verdict::Kind::kRetry:
    case Verdict::Kind::kForbidden:
      break;
  }
  const Done done = std::exchange(done_, nullptr);
  done(std::move(verdict));
}

void MetricsSink::Cancel() {
  api_.Cancel();
  done_ = nullptr;
}

std::vector<LaneState> MetricsSink::Settle() {
  const bool is_taken = last_ == Verdict::Kind::kTaken;
  // Given up: as if it had not come. What was due before is given up with it, because it may be
  // what is refused, and would be refused for ever.
  if (!is_taken) shelf_.Drop();
  for (const auto& [key, minute] : due_) {
    if (shelf_.Find(key) == nullptr) continue;
    CheckBook& book = shelf_.Change(key);
    const auto tally = book.minutes.find(minute);
    if (tally != book.minutes.end()) tally->second.is_due = false;
  }
  for (const Announcement& announcement : announcements_) {
    if (!announcement.is_over || shelf_.Find(announcement.key) == nullptr) continue;
    auto& ended = shelf_.Change(announcement.key).outages.ended;
    const auto told = std::find_if(ended.begin(), ended.end(), [&](const Outage& outage) {
      return outage.from == announcement.outage.from && outage.to == announcement.outage.to;
    });
    if (told != ended.end()) ended.erase(told);
  }
  if (is_taken && is_complete_) posted_round_ = round_;
  suspects_ -= std::min(suspects_, covered_);
  std::vector<LaneState> states = shelf_.Keep();
  Clear();
  return states;
}

void MetricsSink::Discard() { Clear(); }

void MetricsSink::Clear() {
  shelf_.Drop();
  covered_ = 0;
  is_complete_ = false;
  values_.clear();
  next_ = 0;
  waiting_.clear();
  due_.clear();
  announcements_.clear();
  next_announcement_ = 0;
  expired_ = 0;
  note_.clear();
  last_.reset();
}

}  // namespace gaikei::mackerel

namespace gaikei {

std::unique_ptr<Sink> MakeMackerelMetricsSink(const UpstreamSpec& spec,
                                              const SenderIdentity& sender, LaneStates& states,
                                              Transport& transport, std::function<WallTime()> now) {
  return std::make_unique<mackerel::MetricsSink>(spec, sender, states, transport, std::move(now));
}

std::uint64_t MackerelSeriesOf(const UpstreamSpec& spec, const CheckIdentity& check) {
  if (spec.mackerel.service.empty()) return 0;
  constexpr std::uint64_t kCounts = 5;  // availability and slots
  constexpr std::uint64_t kDurations = 6;
  const bool may_see_certificate = check.kind != "icmp" && check.kind != "heartbeat";
  return kCounts + (Drops(spec.mapping, "histograms") ? 0 : kDurations) +
         (may_see_certificate && !Drops(spec.mapping, "latest") ? 1 : 0);
}

}  // namespace gaikei
