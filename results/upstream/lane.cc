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

/// What identifies the first sample of a delivery, for a log.
std::string IdentityOf(const SpoolItem& item) {
  const auto* sample = std::get_if<Sample>(&item.content);
  return fmt::format("check {}, region {}, {}", item.series().check->name, item.series().region,
                     FormatRfc3339(sample != nullptr ? sample->scheduled_at : item.at()));
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

std::uint64_t Lane::CoveredSamples() const {
  std::uint64_t samples = 0;
  for (std::size_t i = 0; i < covered_; ++i) samples += backlog_.items[i]->samples();
  return samples;
}

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

bool Lane::Begin(MonoTime now, WallTime wall) {
  Sink::Limits limits;
  limits.items = std::max<std::size_t>(limit_, 1);
  limits.now = wall;
  limits.is_final = is_flushing_;
  backlog_ = spool_.Read(options_.name, limits.items, limits.bytes);
  covered_ = backlog_.items.empty() ? 0 : sink_->Prepare(backlog_.items, limits);
  if (covered_ > 0) return true;
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
  if (!verdict_) return;
  const Verdict verdict = *std::exchange(verdict_, std::nullopt);
  React(verdict, now);
}

std::optional<MonoTime> Lane::Poll(MonoTime now, WallTime wall) {
  is_polling_ = true;
  for (;;) {
    Conclude(now);
    if (state_ == State::kSending) break;
    if (now < not_before_) break;
    if (state_ == State::kIdle && (!IsDue(now) || !Begin(now, wall))) break;
    SendNow();
  }
  is_polling_ = false;
  if (state_ == State::kSending) return std::nullopt;
  if (now < not_before_) return not_before_;
  if (!next_due_) return std::nullopt;
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
  Settle(verdict.rejected, verdict, now);
  limit_ = std::min(options_.max_batch, limit_ * 2);
}

void Lane::Settle(std::uint64_t rejected, const Verdict& verdict, MonoTime now) {
  const std::uint64_t samples = CoveredSamples();
  Spool::Settlement settlement;
  settlement.end = backlog_.items[covered_ - 1]->end;
  settlement.rejected = std::min(rejected, samples);
  const std::uint64_t expired = std::min(verdict.expired, samples - settlement.rejected);
  if (expired > 0) settlement.dropped["expired"] = expired;
  settlement.sent = samples - settlement.rejected - expired;
  settlement.duplicates = std::min(verdict.duplicates, settlement.sent);
  settlement.states = sink_->Settle();
  spool_.Settle(options_.name, std::move(settlement));
  backlog_ = {};
  covered_ = 0;
  state_ = State::kIdle;
  if (!next_due_) next_due_ = now + options_.every;
  to_go_ -= std::min(to_go_, samples);
  Pace(samples, now);
}

void Lane::Pace(std::uint64_t samples, MonoTime now) {
  const LaneAccount account = Account();
  const Span passed = paced_at_ ? now - *paced_at_ : Span::zero();
  const double inflow =
      passed > Span::zero()
          ? static_cast<double>(account.produced - paced_produced_) / Seconds(passed)
          : 0;
  if (!paced_at_ || passed > std::chrono::seconds(1)) {
    paced_at_ = now;
    paced_produced_ = account.produced;
  }
  if (account.spooled < options_.max_batch) is_catching_up_ = false;
  if (!is_catching_up_ || is_flushing_) return;
  to_go_ = account.spooled;
  const double rate = std::max(options_.drain_rate, kFasterThanInflow * inflow);
  not_before_ = now + std::chrono::duration_cast<Span>(
                          std::chrono::duration<double>(static_cast<double>(samples) / rate));
}

void Lane::Shrink(const Verdict& verdict, MonoTime now) {
  backoff_.Reset();
  is_forbidden_ = false;
  if (covered_ > 1) {
    limit_ = covered_ / 2;
    sink_->Discard();
    backlog_ = {};
    covered_ = 0;
    state_ = State::kIdle;
    to_go_ = std::max<std::uint64_t>(to_go_, 1);  // go on at once
    return;
  }
  trouble_ = verdict.message;
  Say("rejected for good: " + verdict.message, " (" + IdentityOf(*backlog_.items.front()) + ")",
      now);
  Settle(CoveredSamples(), {}, now);
  limit_ = std::min(options_.max_batch, limit_ * 2);
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
  not_before_ = now + pause;
  Say(verdict.message, "; kept, next try in " + FormatDuration(pause), now);
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
