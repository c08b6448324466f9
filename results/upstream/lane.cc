#include "results/upstream/lane.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>
#include <variant>

namespace gaikei {
namespace {

/// The longest that an upstream may ask us to wait.
constexpr Span kLongestAsked = std::chrono::minutes(5);
/// Between two tries while credentials are refused.
constexpr Span kForbiddenPause = std::chrono::minutes(5);
/// The same thing is told again after so long.
constexpr Span kSayAgain = std::chrono::minutes(1);
/// A backlog is worked off at least so much faster than it grows.
constexpr double kFasterThanInflow = 2;

/// Items that are gathered in one go: the thread has other lanes.
constexpr std::size_t kGatheredAtOnce = 16'384;
constexpr std::size_t kReadAtOnce = 4096;
constexpr std::size_t kBytesAtOnce = std::size_t{4} << 20U;

/// What identifies a sample, for a log.
std::string IdentityOf(const SampleSeries& series, WallTime scheduled_at) {
  return fmt::format("check {}, region {}, {}", series.check->name, series.region,
                     FormatRfc3339(scheduled_at));
}

std::string IdentityOf(const SpoolItem& item) {
  const auto* sample = std::get_if<Sample>(&item.content);
  return IdentityOf(item.series(), sample != nullptr ? sample->scheduled_at : item.at());
}

}  // namespace

Lane::Lane(Spool& spool, LaneOptions options, std::unique_ptr<Sink> sink, std::uint64_t jitter_seed)
    : spool_(spool),
      options_(std::move(options)),
      sink_(std::move(sink)),
      limit_(options_.max_batch),
      backoff_(jitter_seed) {}

Lane::~Lane() {
  if (state_ == State::kSending) sink_->Cancel();
}

LaneAccount Lane::Account() const { return spool_.account(options_.name); }

bool Lane::IsEmpty() const { return state_ == State::kIdle && Account().spooled == 0; }

bool Lane::IsDue(MonoTime now) {
  if (is_flushing_ || to_go_ > 0 || !next_due_) return true;
  const std::uint64_t waiting = Account().spooled;
  if (now < *next_due_ && waiting < options_.max_batch) return false;
  // What comes in from now on waits for the next time, however quick the upstream is.
  to_go_ = waiting;
  while (*next_due_ <= now) *next_due_ += options_.every;
  return true;
}

Sink::Limits Lane::LimitsAt(WallTime wall) const {
  Sink::Limits limits;
  limits.items = std::max<std::size_t>(limit_, 1);
  limits.now = wall;
  limits.is_final = is_flushing_;
  return limits;
}

/// Gives the sink what is there, and notes what it covers of it.
std::size_t Lane::Take(const Spool::Backlog& backlog, const Sink::Limits& limits) {
  const std::size_t taken = backlog.items.empty() ? 0 : sink_->Prepare(backlog.items, limits);
  for (std::size_t i = 0; i < taken; ++i) samples_ += backlog.items[i]->samples();
  if (taken > 0) end_ = backlog.items[taken - 1]->end;
  covered_ += taken;
  return taken;
}

/// True: there may be more than could be taken in one go.
bool Lane::Gather(WallTime wall) {
  const std::size_t before = covered_;
  while (!is_full_ && covered_ < before + kGatheredAtOnce) {
    const Spool::Backlog backlog = spool_.Read(options_.name, kReadAtOnce, kBytesAtOnce, end_);
    is_full_ = backlog.is_cut && covered_ > 0;
    if (backlog.items.empty()) return false;
    is_full_ = Take(backlog, LimitsAt(wall)) < backlog.items.size();
  }
  return !is_full_;
}

bool Lane::IsGatheredDue(MonoTime now) {
  if (is_flushing_ || is_full_ || !next_due_) return true;
  if (now < *next_due_) return false;
  while (*next_due_ <= now) *next_due_ += options_.every;
  return true;
}

bool Lane::Begin(MonoTime now, WallTime wall) {
  if (sink_->Gathers()) return covered_ > 0 && IsGatheredDue(now);
  if (!IsDue(now)) return false;
  const Sink::Limits limits = LimitsAt(wall);
  backlog_ = spool_.Read(options_.name, limits.items, limits.bytes);
  if (Take(backlog_, limits) > 0) return true;
  // What the sink holds back is looked at again.
  if (!backlog_.items.empty() && !next_due_) next_due_ = now + options_.every;
  backlog_ = {};
  to_go_ = 0;
  return false;
}

void Lane::SendNow() {
  state_ = State::kSending;
  sink_->Send([this](Verdict verdict) { OnVerdict(std::move(verdict)); });
}

void Lane::OnVerdict(Verdict verdict) {
  verdict_ = std::move(verdict);
  if (!is_polling_ && on_settled_) on_settled_();
}

void Lane::Conclude(MonoTime now) {
  while (verdict_) {
    const Verdict verdict = *std::exchange(verdict_, std::nullopt);
    React(verdict, now);
  }
}

std::optional<MonoTime> Lane::Poll(MonoTime now, WallTime wall) {
  is_polling_ = true;
  bool has_more = false;
  for (;;) {
    Conclude(now);
    if (state_ == State::kSending) break;
    has_more = state_ == State::kIdle && sink_->Gathers() && Gather(wall);
    if (has_more || now < not_before_) break;
    if (state_ == State::kIdle && !Begin(now, wall)) break;
    SendNow();
  }
  is_polling_ = false;
  if (state_ == State::kSending) return std::nullopt;
  if (has_more) return now;
  if (now < not_before_) return not_before_;
  const bool is_empty = sink_->Gathers() && covered_ == 0;
  if (!next_due_ || is_empty) return std::nullopt;
  return *next_due_;
}

void Lane::React(const Verdict& verdict, MonoTime now) {
  switch (verdict.kind) {
    case Verdict::Kind::kTaken:
      ++counts_.taken;
      return OnTaken(verdict, now);
    case Verdict::Kind::kTooLarge:
      ++counts_.too_large;
      return Shrink(verdict, now);
    case Verdict::Kind::kRefused:
      ++counts_.refused;
      return Shrink(verdict, now);
    case Verdict::Kind::kRetry:
    case Verdict::Kind::kForbidden:
      return OnTrouble(verdict, now);
  }
}

void Lane::OnTaken(const Verdict& verdict, MonoTime now) {
  if (backoff_.is_waiting() || is_forbidden_) {
    is_catching_up_ = true;
    said_.clear();
    if (options_.on_recovery) options_.on_recovery("takes samples again");
  }
  backoff_.Reset();
  is_forbidden_ = false;
  trouble_.clear();
  if (!verdict.message.empty()) Say(verdict.message, "", now);
  Count(verdict);
  limit_ = std::min(options_.max_batch, limit_ * 2);
  GoOn(sink_->Gathers() ? verdict.samples : samples_, now);
}

/// The next request of the delivery, or its end. `samples`: that the last one stood for.
void Lane::GoOn(std::uint64_t samples, MonoTime now) {
  MeasureInflow(now);
  const bool is_over = !sink_->HasMore();
  if (is_over) Settle(now);
  const bool is_paced = is_catching_up_ && !is_flushing_;
  if (is_paced) {
    const double rate = std::max(options_.drain_rate, kFasterThanInflow * inflow_);
    not_before_ = now + std::chrono::duration_cast<Span>(
                            std::chrono::duration<double>(static_cast<double>(samples) / rate));
  }
  if (is_over) return;
  if (!is_paced) return SendNow();
  state_ = State::kWaiting;
}

void Lane::Count(const Verdict& verdict) {
  result_.rejected += verdict.rejected;
  if (verdict.expired > 0) result_.dropped["expired"] += verdict.expired;
  result_.duplicates += verdict.duplicates;
}

void Lane::Settle(MonoTime now) {
  const std::uint64_t samples = samples_;
  result_.end = end_;
  result_.rejected = std::min(result_.rejected, samples);
  std::uint64_t others = result_.rejected;
  for (auto& [reason, count] : result_.dropped) {
    count = std::min(count, samples - others);
    others += count;
  }
  result_.sent = samples - others;
  result_.duplicates = std::min(result_.duplicates, result_.sent);
  result_.states = sink_->Settle();
  spool_.Settle(options_.name, std::exchange(result_, {}));
  const std::uint64_t left = Account().spooled;
  const bool is_live = sink_->Gathers() ? !is_full_ && !was_put_off_ : left < options_.max_batch;
  if (is_live) is_catching_up_ = false;
  to_go_ = is_catching_up_ && !is_flushing_ ? left : to_go_ - std::min(to_go_, samples);
  Clear();
  if (!next_due_) next_due_ = now + options_.every;
}

void Lane::Clear() {
  backlog_ = {};
  covered_ = 0;
  samples_ = 0;
  end_ = 0;
  is_full_ = false;
  was_put_off_ = false;
  result_ = {};
  state_ = State::kIdle;
}

void Lane::MeasureInflow(MonoTime now) {
  const std::uint64_t produced = Account().produced;
  const Span passed = measured_at_ ? now - *measured_at_ : Span::zero();
  if (passed > Span::zero()) {
    inflow_ = static_cast<double>(produced - measured_produced_) / Seconds(passed);
  }
  if (measured_at_ && passed <= std::chrono::seconds(1)) return;
  measured_at_ = now;
  measured_produced_ = produced;
}

void Lane::Shrink(const Verdict& verdict, MonoTime now) {
  backoff_.Reset();
  is_forbidden_ = false;
  if (sink_->Gathers()) return ShrinkRequest(verdict, now);
  if (covered_ > 1) {
    limit_ = covered_ / 2;
    sink_->Discard();
    Clear();
    to_go_ = std::max<std::uint64_t>(to_go_, 1);  // go on at once
    return;
  }
  GiveUp(verdict, samples_, IdentityOf(*backlog_.items.front()), now);
  limit_ = std::min(options_.max_batch, limit_ * 2);
}

void Lane::ShrinkRequest(const Verdict& verdict, MonoTime now) {
  if (sink_->Halve()) return SendNow();
  const Sink::GivenUp given_up = sink_->GiveUp();
  GiveUp(verdict, given_up.samples, IdentityOf(*given_up.series, given_up.scheduled_at), now);
}

void Lane::GiveUp(const Verdict& verdict, std::uint64_t samples, const std::string& identity,
                  MonoTime now) {
  trouble_ = verdict.message;
  Say("rejected for good: " + verdict.message, " (" + identity + ")", now);
  result_.rejected += samples;
  GoOn(samples, now);
}

void Lane::OnTrouble(const Verdict& verdict, MonoTime now) {
  const bool is_forbidden = verdict.kind == Verdict::Kind::kForbidden;
  ++(is_forbidden ? counts_.forbidden : counts_.retried);
  Span pause = backoff_.Next();
  if (verdict.retry_after) {
    pause = std::clamp(*verdict.retry_after, pause, std::max(pause, kLongestAsked));
  } else if (is_forbidden) {
    pause = kForbiddenPause;
  }
  is_forbidden_ = is_forbidden;
  trouble_ = verdict.message;
  state_ = State::kWaiting;
  was_put_off_ = true;
  not_before_ = now + pause;
  Say(verdict.message, "; next try in " + FormatDuration(pause), now);
}

void Lane::Say(const std::string& gist, const std::string& more, MonoTime now) {
  if (gist == said_ && now < said_at_ + kSayAgain) {
    ++not_said_;
    return;
  }
  const std::string before =
      gist == said_ && not_said_ > 0 ? fmt::format(", {} times more before", not_said_) : "";
  said_ = gist;
  said_at_ = now;
  not_said_ = 0;
  if (options_.on_trouble) options_.on_trouble(gist + more + before);
}

}  // namespace gaikei
