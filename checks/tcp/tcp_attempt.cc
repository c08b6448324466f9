#include "checks/tcp/tcp_attempt.h"

#include <fmt/core.h>

#include <utility>

#include "checks/io/engine.h"
#include "checks/io/loop/timer.h"
#include "checks/io/net/errors.h"
#include "checks/io/tls/stream.h"
#include "checks/parts/conclude.h"
#include "checks/parts/observation_source.h"
#include "checks/parts/phase_clock.h"
#include "checks/parts/stream_fault.h"
#include "results/text.h"

namespace gaikei {
namespace {

constexpr std::size_t kBannerLimit = 4096;
/// Bytes without a line end are taken as they are when nothing more comes for so long.
constexpr Span kQuiet = std::chrono::milliseconds(100);

class TcpAttempt : public Attempt {
 public:
  TcpAttempt(std::shared_ptr<const TcpPlan> plan, const AttemptContext& context, AttemptDone done)
      : plan_(std::move(plan)),
        context_(context),
        done_(std::move(done)),
        deadline_(context.engine.loop()),
        quiet_(context.engine.loop()),
        started_(MonoNow()),
        clock_(seen_.phases) {}

  void Begin() {
    deadline_.Arm(context_.timeout, [this] { OnDeadline(); });
    DialTarget target = plan_->target;
    if (context_.peer != nullptr) target.address = *context_.peer;
    dial_ = std::make_unique<Dial>(context_, std::move(target),
                                   [this](DialResult result) { OnDialed(std::move(result)); });
  }

 private:
  using End = io::Stream::End;
  using Input = Dialogue::Input;
  enum class Step { kDialing, kHandshaking, kTalking, kListening };

  void OnDialed(DialResult result);
  void OnWake();
  void Secure();
  void OnHandshake();
  /// What comes after the connection, and after its handshake.
  void GoOn(MonoTime now);
  void Talk(Input state);
  void Wait(bool has_input);
  void Listen(bool is_quiet);
  void OnDeadline();

  void FailDialogue(Dialogue::Next how);
  void FailWithEnd(const std::string& where);
  void Judge();
  void KeepFacts();
  void Fail(Reason reason, std::optional<Phase> phase, std::string message);
  void Finish();  ///< calls done; nothing of this may be touched afterwards
  std::string Came();

  const std::shared_ptr<const TcpPlan> plan_;
  const AttemptContext context_;
  AttemptDone done_;
  io::Timer deadline_;
  io::Timer quiet_;
  const MonoTime started_;
  Step step_ = Step::kDialing;
  std::unique_ptr<Dial> dial_;
  std::unique_ptr<io::Stream> stream_;
  std::unique_ptr<Dialogue> dialogue_;
  std::string response_;  ///< without a dialogue; escaped
  Observation seen_;
  PhaseClock clock_;
};

void TcpAttempt::OnDialed(DialResult result) {
  Keep(result, seen_);
  if (result.reason != Reason::kNone) return Finish();
  clock_.Start(result.connected);
  const std::size_t limit = plan_->dialogue ? Dialogue::kInputLimit + 1 : kBannerLimit;
  stream_ = std::make_unique<io::Stream>(context_.engine.loop(), std::move(result.fd), limit,
                                         [this] { OnWake(); });
  if (plan_->dialogue) dialogue_ = std::make_unique<Dialogue>(plan_->dialogue);
  if (plan_->is_tls) return Secure();
  GoOn(MonoNow());
}

void TcpAttempt::OnWake() {
  switch (step_) {
    case Step::kDialing:
      return;
    case Step::kHandshaking:
      return OnHandshake();
    case Step::kTalking:
      return Talk(Input::kOpen);
    case Step::kListening:
      return Listen(false);
  }
}

void TcpAttempt::Secure() {
  quiet_.Disarm();
  step_ = Step::kHandshaking;
  clock_.Enter(Phase::kTls, plan_->is_tls ? clock_.since() : MonoNow());
  stream_->Secure(plan_->setup, plan_->target.host);
}

void TcpAttempt::OnHandshake() {
  if (stream_->tls() == io::Stream::Tls::kFailed) {
    return Fail(stream_->tls_reason(), Phase::kTls, stream_->tls_message());
  }
  if (stream_->tls() != io::Stream::Tls::kEstablished) return;
  GoOn(stream_->peer()->handshake_done().value_or(MonoNow()));
}

void TcpAttempt::GoOn(MonoTime now) {
  if (dialogue_ != nullptr) {
    step_ = Step::kTalking;
    clock_.Enter(Phase::kProcessing, now);
    return Talk(Input::kOpen);
  }
  if (plan_->wants_banner) {
    step_ = Step::kListening;
    clock_.Enter(Phase::kProcessing, now);
    return Listen(false);
  }
  clock_.Leave(now);
  Judge();
}

void TcpAttempt::Talk(Input state) {
  while (true) {
    if (stream_->end() != End::kOpen) state = Input::kEnded;
    if (dialogue_->is_expecting() && !stream_->input().empty()) {
      clock_.Enter(Phase::kTransfer, MonoNow());
    }
    switch (const auto next = dialogue_->Advance(stream_->input(), state)) {
      case Dialogue::Next::kSend:
        stream_->Write(dialogue_->output());
        clock_.Enter(Phase::kProcessing, MonoNow());
        break;
      case Dialogue::Next::kStartTls:
        return Secure();
      case Dialogue::Next::kDone:
        clock_.Leave(MonoNow());
        return Judge();
      case Dialogue::Next::kWait:
        return Wait(dialogue_->has_step_input(stream_->input()));
      default:
        return FailDialogue(next);
    }
  }
}

// What has come in this step is the beginning of the answer; before, the peer is thinking.
void TcpAttempt::Wait(bool has_input) {
  clock_.Enter(has_input ? Phase::kTransfer : Phase::kProcessing, MonoNow());
  if (stream_->input().empty()) return quiet_.Disarm();
  quiet_.Arm(kQuiet, [this] {
    if (step_ == Step::kTalking) return Talk(Input::kQuiet);
    Listen(true);
  });
}

void TcpAttempt::Listen(bool is_quiet) {
  const std::string& input = stream_->input();
  const bool has_ended = stream_->end() != End::kOpen;
  const bool is_enough = is_quiet || has_ended || input.size() >= kBannerLimit ||
                         input.find('\n') != std::string::npos;
  if (input.empty() ? !has_ended : !is_enough) return Wait(!input.empty());
  if (input.empty() && stream_->end() != End::kClosed) {
    return FailWithEnd("waiting for the first bytes");
  }
  if (!input.empty()) clock_.Enter(Phase::kTransfer, MonoNow());
  std::string_view banner = input;
  if (banner.ends_with('\n')) banner.remove_suffix(1);
  if (banner.ends_with('\r')) banner.remove_suffix(1);
  response_ = Escape(banner, kBannerLimit);
  clock_.Leave(MonoNow());
  Judge();
}

void TcpAttempt::FailDialogue(Dialogue::Next how) {
  const std::string where = dialogue_->Where();
  switch (how) {
    case Dialogue::Next::kTooLarge:
      return Fail(
          Reason::kTooLarge, clock_.phase(),
          dialogue_->is_expecting()
              ? fmt::format("{}: {} bytes came without a match", where, Dialogue::kInputLimit)
              : fmt::format("{}: longer than {} bytes", where, Dialogue::kOutputLimit));
    case Dialogue::Next::kInjected:
      clock_.Enter(Phase::kTls, MonoNow());
      return Fail(Reason::kTlsProtocol, Phase::kTls,
                  where + ": the peer sent more in plain text before TLS began");
    default:
      break;
  }
  if (stream_->end() != End::kClosed) return FailWithEnd(where);
  Fail(Reason::kExpectResponse, std::nullopt,
       fmt::format("{}: the peer closed the connection, {}", where, Came()));
}

std::string TcpAttempt::Came() {
  if (!dialogue_->has_step_input(stream_->input())) return "nothing came";
  return fmt::format("last came \"{}\"", dialogue_->last_line());
}

void TcpAttempt::FailWithEnd(const std::string& where) {
  StreamFault fault = FaultOf(*stream_, clock_.phase().value_or(Phase::kProcessing), where);
  Fail(fault.reason, clock_.phase(), std::move(fault.message));
}

void TcpAttempt::OnDeadline() {
  const std::string after = "timeout after " + FormatDuration(context_.timeout);
  switch (step_) {
    case Step::kDialing:
      Keep(dial_->GiveUp(), seen_);
      return Finish();
    case Step::kHandshaking:
      return Fail(Reason::kTlsTimeout, Phase::kTls, after + ": TLS handshake not finished");
    case Step::kListening:
      if (!stream_->input().empty()) return Listen(true);
      return Fail(Reason::kResponseTimeout, Phase::kProcessing, after + ": nothing came");
    case Step::kTalking:
      break;
  }
  const std::string where = dialogue_->Where();
  // Nothing more will be waited for: what has come without a line end is all there is.
  if (dialogue_->Advance(stream_->input(), Input::kEnded) == Dialogue::Next::kDone) {
    clock_.Leave(MonoNow());
    return Judge();
  }
  const Phase phase = clock_.phase().value_or(Phase::kProcessing);
  Fail(io::TimeoutReason(phase), phase, fmt::format("{}: {}: {}", after, where, Came()));
}

void TcpAttempt::Judge() {
  KeepFacts();
  SettleDuration(started_, seen_);
  std::string shown = seen_.tcp->response;
  // A secret in a line is judged as it came, and shown to nobody.
  if (dialogue_ != nullptr) seen_.tcp->response = dialogue_->heard().Reveal();
  expect::Judge(plan_->expect, plan_->warn, ObservationSource(seen_, WallNow()), seen_);
  seen_.tcp->response = std::move(shown);
  if (dialogue_ != nullptr) dialogue_->Clean(seen_);
  Finish();
}

void TcpAttempt::KeepFacts() {
  if (stream_ == nullptr) return;
  seen_.tcp = stream_->Facts();
  seen_.tcp->response = response_;
  if (dialogue_ != nullptr) {
    seen_.tcp->response = dialogue_->last_line();
    seen_.tcp->dialogue = std::move(dialogue_->transcript());
  }
  if (stream_->peer() != nullptr) seen_.tls = stream_->peer()->evidence();
}

void TcpAttempt::Fail(Reason reason, std::optional<Phase> phase, std::string message) {
  clock_.Leave(MonoNow());
  KeepFacts();
  seen_.Fail(reason, phase, std::move(message));
  Finish();
}

void TcpAttempt::Finish() {
  deadline_.Disarm();
  quiet_.Disarm();
  stream_.reset();
  Conclude(started_, done_, seen_);
}

}  // namespace

std::unique_ptr<Attempt> StartTcpAttempt(std::shared_ptr<const TcpPlan> plan,
                                         const AttemptContext& context, AttemptDone done) {
  auto attempt = std::make_unique<TcpAttempt>(std::move(plan), context, std::move(done));
  attempt->Begin();
  return attempt;
}

}  // namespace gaikei
