#include "checks/journey/journey_attempt.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

#include "checks/http/http_attempt.h"
#include "checks/http/trace_context.h"
#include "checks/io/engine.h"
#include "checks/io/http/connection_cache.h"
#include "checks/io/http/http_transfer.h"
#include "checks/io/loop/timer.h"
#include "checks/io/net/address.h"
#include "checks/journey/journey_step.h"
#include "checks/parts/observation_source.h"

namespace gaikei {
namespace {

/// What a step that hardly has any time left is given: it fails as one that timed out.
constexpr Span kLeastTimeout = std::chrono::milliseconds(1);

class JourneyAttempt : public Attempt {
 public:
  JourneyAttempt(std::shared_ptr<const JourneyPlan> plan, const AttemptContext& context,
                 AttemptDone done)
      : plan_(std::move(plan)),
        context_(context),
        done_(std::move(done)),
        started_(MonoNow()),
        begin_(context.engine.loop()),
        variables_(context.region.name, WallNow()),
        secrets_(plan_->secrets),
        transfer_(context.engine.loop(), context.engine.curl()) {
    run_.transfer = &transfer_;
    run_.connections = &connections_;
    run_.on_answer = [this](const io::HttpAnswer& answer, const io::Url& url, Observation&) {
      OnAnswer(answer, url);
    };
  }

  void Begin() {
    begin_.Arm(Span(0), [this] { Next(); });
  }

  /// The finished steps, and the verdict where one has failed: clean-up does not change it.
  Observation Unfinished() override {
    Observation seen = std::move(seen_);
    if (has_failed_) return seen;
    Observation blank;
    blank.steps = std::move(seen.steps);
    blank.phases = phases_;
    blank.phases.other = Span(0);
    return blank;
  }

 private:
  const JourneyStep& Step() const { return plan_->steps[index_]; }

  /// Runs the next step that is to be run, or ends the run.
  void Next();
  /// False when it failed before anything was sent.
  bool Run();
  void OnAnswer(const io::HttpAnswer& answer, const io::Url& url);
  bool EchoesASecret(const io::HttpAnswer& answer) const;
  void OnDone(Observation step);
  /// Takes over what a step came to, and goes on to the next index.
  void Keep(Observation step);
  void Judge(const Observation& step);
  void Skip(std::string why);
  /// What the step may take; absent: no time is left for it.
  std::optional<Span> TimeFor(const JourneyStep& step) const;
  /// One trace for the run, a span of it for every step (W3C Trace Context, 3.2.2).
  std::string Traceparent();
  AttemptContext ContextFor(const JourneyStep& step, Span timeout) const;
  /// Fixes duration and phases: what is run afterwards is no part of them.
  void Settle();
  void Finish();  ///< calls done; nothing of this may be touched afterwards

  const std::shared_ptr<const JourneyPlan> plan_;
  const AttemptContext context_;
  AttemptDone done_;
  const MonoTime started_;
  io::Timer begin_;
  Variables variables_;
  Concealer secrets_;
  std::size_t index_ = 0;
  bool has_failed_ = false;
  bool was_public_ = false;  ///< some step's peer had a public address
  std::string trace_;        ///< how every traceparent of the run begins; empty: none was sent
  Span unmeasured_{0};       ///< spent on tokens, which is no part of the duration
  std::vector<std::string> captured_;  ///< by the present step
  std::optional<std::pair<std::string, CompiledCapture::Nothing>> not_captured_;
  Observation seen_;
  Phases phases_;

  io::ConnectionCache connections_;
  io::HttpTransfer transfer_;
  HttpRun run_;
  std::unique_ptr<Attempt> attempt_;  ///< of the present step; last, it uses the rest
};

void JourneyAttempt::Next() {
  while (index_ < plan_->steps.size()) {
    if (has_failed_ && !Step().always) {
      ++index_;
      continue;
    }
    if (auto why = WhySkipped(Step(), variables_)) {
      Skip(std::move(*why));
      continue;
    }
    if (Run()) return;
  }
  Finish();
}

bool JourneyAttempt::Run() {
  const JourneyStep& step = Step();
  const auto timeout = TimeFor(step);
  if (!timeout) {
    Skip("no time was left for it");
    return false;
  }
  captured_.clear();
  not_captured_.reset();
  auto plan = FillIn(*plan_, step, variables_);
  if (!plan) {
    Observation refused;
    refused.Fail(Reason::kProtocolError, std::nullopt, std::move(plan.error()));
    Keep(std::move(refused));
    return false;
  }
  // What began in public must not end inside, whichever way the target says where to go.
  if (step.is_host_captured && was_public_ && !(*plan)->allow_private) {
    (*plan)->deny_private = true;
  }
  if ((*plan)->sends_traceparent) (*plan)->traceparent = Traceparent();
  (*plan)->hidden = secrets_.forms();
  (*plan)->secrets = std::make_shared<const Redactor>(SecretsOf(**plan));
  const AttemptContext context = ContextFor(step, *timeout);
  if (context.change == Change::kHttpVersion) (*plan)->version = HttpVersion::k1_1;
  run_.keep_limit = step.keep_limit;
  attempt_ = StartHttpAttempt(
      std::move(*plan), context, [this](Observation seen) { OnDone(std::move(seen)); }, &run_);
  return true;
}

std::string JourneyAttempt::Traceparent() {
  constexpr std::size_t kUpToTheTrace = std::string_view("00-").size() + 32 + 1;
  const std::string fresh = NewTraceparent();
  if (trace_.empty()) trace_ = fresh.substr(0, kUpToTheTrace);
  return trace_ + fresh.substr(kUpToTheTrace);
}

std::optional<Span> JourneyAttempt::TimeFor(const JourneyStep& step) const {
  const Span left = context_.timeout + unmeasured_ - (MonoNow() - started_);
  if (!has_failed_) return std::max(std::min(step.timeout, left), kLeastTimeout);
  const Span timeout = std::min(step.timeout, left + plan_->clean_up);
  return timeout < kLeastTimeout ? std::nullopt : std::optional(timeout);
}

AttemptContext JourneyAttempt::ContextFor(const JourneyStep& step, Span timeout) const {
  AttemptContext context{context_.engine, context_.region, timeout};
  if (context_.failed == nullptr || context_.failed->failed_step != step.name) return context;
  // The change is for the step that failed; the others do as they did.
  for (const Observation& failed : context_.failed->steps) {
    if (failed.step != step.name) continue;
    context.change = context_.change;
    context.failed = &failed;
  }
  return context;
}

void JourneyAttempt::OnAnswer(const io::HttpAnswer& answer, const io::Url& url) {
  const CaptureSource source{answer, url, transfer_};
  const bool echoes = EchoesASecret(answer);
  for (const auto& [name, capture, is_secret] : Step().captures) {
    auto value = capture.Take(source);
    if (!value) {
      if (!not_captured_) not_captured_.emplace(name, std::move(value.error()));
      continue;
    }
    Secret kept(std::move(*value), is_secret || echoes);
    secrets_.Add(kept);
    variables_.Set(name, std::move(kept));
    captured_.push_back(name);
  }
}

/// What stands beside a secret in an answer may be one in another form.
bool JourneyAttempt::EchoesASecret(const io::HttpAnswer& answer) const {
  if (Step().captures.empty()) return false;
  const auto& fields = answer.head.fields();
  return secrets_.Finds(answer.body) ||
         std::any_of(fields.begin(), fields.end(),
                     [&](const auto& field) { return secrets_.Finds(field.second); });
}

void JourneyAttempt::OnDone(Observation step) {
  attempt_.reset();
  if (not_captured_ && (step.status == Status::kPass || step.status == Status::kWarn)) {
    const auto& [name, nothing] = *not_captured_;
    step.Fail(nothing.reason, std::nullopt, "capture " + name + ": " + nothing.why);
  }
  Keep(std::move(step));
  Next();
}

void JourneyAttempt::Keep(Observation step) {
  step.step = Step().name;
  step.target = Step().shown_target;
  step.captured = std::move(captured_);
  captured_ = {};
  secrets_.Clean(step);
  if (step.http && step.http->token_duration) unmeasured_ += *step.http->token_duration;
  const auto peer = io::Address::Parse(step.address, step.port);
  was_public_ = was_public_ || (peer && io::ScopeOf(*peer) == io::AddressScope::kPublic);
  if (!has_failed_) {
    phases_.Add(step.phases);
    Judge(step);
  }
  seen_.steps.push_back(std::move(step));
  ++index_;
}

void JourneyAttempt::Judge(const Observation& step) {
  if (step.status == Status::kPass) return;
  const bool is_first_warning = step.status == Status::kWarn && seen_.status == Status::kPass;
  const bool is_failure = step.status == Status::kFail || step.status == Status::kUnknown;
  if (!is_first_warning && !is_failure) return;
  seen_.status = step.status;
  seen_.reason = step.reason;
  seen_.blame = step.blame;
  seen_.message = "step " + step.step + ": " + step.message;
  if (!is_failure) return;
  seen_.phase = step.phase;
  seen_.failed_step = step.step;
  has_failed_ = true;
  Settle();
}

void JourneyAttempt::Skip(std::string why) {
  Observation step;
  step.step = Step().name;
  step.target = Step().shown_target;
  step.skipped = std::move(why);
  seen_.steps.push_back(std::move(step));
  ++index_;
}

void JourneyAttempt::Settle() {
  seen_.duration = MonoNow() - started_ - unmeasured_;
  seen_.phases = phases_;
  seen_.phases.other = Span(0);
  seen_.phases.SettleOther(seen_.duration);
}

void JourneyAttempt::Finish() {
  if (!has_failed_) {
    Settle();
    if (seen_.status == Status::kPass) {
      const ObservationSource source(seen_, WallNow());
      expect::Judge(plan_->expect, plan_->warn, source, seen_);
    }
  }
  const AttemptDone tell = std::move(done_);
  Observation told = std::move(seen_);
  tell(std::move(told));
}

}  // namespace

std::unique_ptr<Attempt> StartJourneyAttempt(std::shared_ptr<const JourneyPlan> plan,
                                             const AttemptContext& context, AttemptDone done) {
  auto attempt = std::make_unique<JourneyAttempt>(std::move(plan), context, std::move(done));
  attempt->Begin();
  return attempt;
}

}  // namespace gaikei
