#include "checks/tls/tls_attempt.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include "checks/io/engine.h"
#include "checks/io/loop/timer.h"
#include "checks/io/net/errors.h"
#include "checks/io/tls/stream.h"
#include "checks/io/tls/tls_errors.h"
#include "checks/parts/conclude.h"
#include "checks/parts/observation_source.h"
#include "results/text.h"

namespace gaikei {
namespace {

using namespace std::chrono_literals;

/// Held back from the kernel at most: more than one unit of any dialogue.
constexpr std::size_t kInputLimit = 2 * StartTlsDialogue::kUnitLimit;

/// How long a refusal of the client certificate is waited for after a handshake that took so long:
/// two round trips are in it.
Span ListeningTime(Span handshake) { return std::clamp<Span>(2 * handshake, 20ms, 250ms); }

/// Lints of the connection; the others are of certificates.
bool IsOfConnection(std::string_view lint) {
  static constexpr std::array<std::string_view, 3> kNames = {"legacy_version", "weak_cipher",
                                                             "no_forward_secrecy"};
  return std::find(kNames.begin(), kNames.end(), lint) != kNames.end();
}

class TlsAttempt : public Attempt {
 public:
  TlsAttempt(std::shared_ptr<const TlsPlan> plan, const AttemptContext& context, AttemptDone done)
      : plan_(std::move(plan)),
        context_(context),
        done_(std::move(done)),
        deadline_(context.engine.loop()),
        listening_(context.engine.loop()),
        started_(MonoNow()) {}

  void Begin() {
    deadline_.Arm(context_.timeout, [this] { OnDeadline(); });
    DialTarget target = plan_->target;
    if (context_.peer != nullptr) target.address = *context_.peer;
    dial_ = std::make_unique<Dial>(context_, std::move(target),
                                   [this](DialResult result) { OnDialed(std::move(result)); });
  }

 private:
  enum class Step {
    kDialing,
    kTalking,  ///< in plain text (STARTTLS)
    kHandshaking,
    kListening,  ///< whether the client certificate, or its absence, is refused (TLS 1.3)
  };

  void OnDialed(DialResult result);
  void OnWake();
  void Talk();
  void OnEndOfTalk();
  void Secure();
  void OnHandshake();
  void Listen();
  void OnHeard();
  void OnDeadline();

  void Judge();
  void JudgeLints();
  void KeepTls();
  /// Takes the time since the connection stood into the phase.
  void ClosePhase(MonoTime end);
  void Fail(Reason reason, std::string message);
  void Finish();  ///< calls done; nothing of this may be touched afterwards

  const std::shared_ptr<const TlsPlan> plan_;
  const AttemptContext context_;
  AttemptDone done_;
  io::Timer deadline_;
  io::Timer listening_;
  const MonoTime started_;
  MonoTime connected_{};
  Step step_ = Step::kDialing;
  std::unique_ptr<Dial> dial_;
  std::unique_ptr<io::Stream> stream_;
  std::unique_ptr<StartTlsDialogue> dialogue_;
  Observation seen_;
};

void TlsAttempt::OnDialed(DialResult result) {
  Keep(result, seen_);
  if (result.reason != Reason::kNone) return Finish();
  connected_ = result.connected;
  stream_ = std::make_unique<io::Stream>(context_.engine.loop(), std::move(result.fd), kInputLimit,
                                         [this] { OnWake(); });
  if (plan_->starttls == nullptr) return Secure();
  step_ = Step::kTalking;
  dialogue_ = plan_->starttls->make(plan_->name);
  Talk();
}

void TlsAttempt::OnWake() {
  switch (step_) {
    case Step::kDialing:
      return;
    case Step::kTalking:
      return Talk();
    case Step::kHandshaking:
      return OnHandshake();
    case Step::kListening:
      return OnHeard();
  }
}

void TlsAttempt::Talk() {
  std::string output;
  const auto state = dialogue_->Feed(stream_->input(), output);
  if (!output.empty()) stream_->Write(output);
  switch (state) {
    case StartTlsDialogue::State::kDone:
      return Secure();
    case StartTlsDialogue::State::kFailed:
      return Fail(dialogue_->reason(), dialogue_->message());
    case StartTlsDialogue::State::kTalking:
      if (stream_->end() != io::Stream::End::kOpen) OnEndOfTalk();
  }
}

void TlsAttempt::OnEndOfTalk() {
  const std::string_view awaited = dialogue_->awaited();
  if (stream_->end() == io::Stream::End::kClosed) {
    return Fail(Reason::kTruncated, fmt::format("server closed the connection before {}", awaited));
  }
  Fail(io::ReasonFromHandshake({.os_errno = stream_->error()}),
       fmt::format("before {}: {}", awaited, io::ErrnoText(stream_->error())));
}

void TlsAttempt::Secure() {
  step_ = Step::kHandshaking;
  stream_->Secure(plan_->setup, plan_->target.host);
}

void TlsAttempt::OnHandshake() {
  if (stream_->tls() == io::Stream::Tls::kFailed) {
    return Fail(stream_->tls_reason(), stream_->tls_message());
  }
  if (stream_->tls() != io::Stream::Tls::kEstablished) return;
  const bool may_be_refused = stream_->peer()->was_certificate_asked() &&
                              stream_->peer()->evidence() &&
                              stream_->peer()->evidence()->version == "TLSv1.3";
  // Until TLS 1.2 the refusal is part of the handshake.
  if (may_be_refused) return Listen();
  ClosePhase(stream_->peer()->handshake_done().value_or(MonoNow()));
  Judge();
}

void TlsAttempt::Listen() {
  step_ = Step::kListening;
  listening_.Arm(ListeningTime(MonoNow() - connected_), [this] {
    ClosePhase(stream_->peer()->handshake_done().value_or(MonoNow()));
    Judge();
  });
  OnHeard();  // it may have come together with the end of the handshake
}

void TlsAttempt::OnHeard() {
  using End = io::Stream::End;
  const io::TlsPeer& peer = *stream_->peer();
  if (peer.alert() >= 0) {
    return Fail(Reason::kTlsAlert, fmt::format("server refuses after the handshake, alert: {}",
                                               io::AlertText(peer.alert())));
  }
  if (stream_->end() == End::kReset) {
    return Fail(Reason::kReset, "connection reset right after the handshake" + peer.RefusalHint());
  }
  // A ticket is given to whom the server is content with.
  const bool is_content = peer.evidence()->session_tickets.value_or(0) > 0;
  if (!is_content && stream_->end() == End::kClosed && !peer.said_goodbye()) {
    return Fail(Reason::kTlsProtocol,
                "server closed the connection right after the handshake" + peer.RefusalHint());
  }
  if (!is_content && stream_->input().empty() && stream_->end() == End::kOpen) return;
  ClosePhase(peer.handshake_done().value_or(MonoNow()));
  Judge();
}

void TlsAttempt::OnDeadline() {
  const std::string after = "timeout after " + FormatDuration(context_.timeout);
  switch (step_) {
    case Step::kDialing:
      Keep(dial_->GiveUp(), seen_);
      return Finish();
    case Step::kTalking:
      return Fail(Reason::kTlsTimeout,
                  fmt::format("{}: waiting for {}", after, dialogue_->awaited()));
    case Step::kHandshaking:
      return Fail(Reason::kTlsTimeout, after + ": TLS handshake not finished");
    case Step::kListening:
      ClosePhase(stream_->peer()->handshake_done().value_or(MonoNow()));
      return Judge();
  }
}

void TlsAttempt::Judge() {
  KeepTls();
  SettleDuration(started_, seen_);
  const ObservationSource source(seen_, WallNow());
  expect::Judge(plan_->expect, plan_->warn, source, seen_);
  JudgeLints();
  Finish();
}

void TlsAttempt::JudgeLints() {
  if (!seen_.tls) return;
  for (const TlsLint& lint : seen_.tls->lints) {
    if (std::find(plan_->ignored_lints.begin(), plan_->ignored_lints.end(), lint.name) !=
        plan_->ignored_lints.end()) {
      continue;
    }
    seen_.expect.push_back({"lint " + lint.name, false, true, lint.detail, {}});
    if (seen_.status != Status::kPass) continue;
    seen_.status = Status::kWarn;
    seen_.reason = IsOfConnection(lint.name) ? Reason::kExpectTls : Reason::kExpectCertificate;
    seen_.blame = Blame::kTarget;
    seen_.message = lint.name + ": " + lint.detail;
  }
}

void TlsAttempt::KeepTls() {
  if (stream_ == nullptr) return;
  if (stream_->peer() != nullptr && stream_->peer()->evidence()) {
    seen_.tls = stream_->peer()->evidence();
    if (plan_->starttls != nullptr) seen_.tls->starttls = plan_->starttls->name;
  }
  seen_.tcp = stream_->Facts();
  if (dialogue_ != nullptr) seen_.tcp->dialogue = dialogue_->TakeTranscript();
}

void TlsAttempt::ClosePhase(MonoTime end) { seen_.phases.Add(Phase::kTls, end - connected_); }

void TlsAttempt::Fail(Reason reason, std::string message) {
  ClosePhase(MonoNow());
  KeepTls();
  seen_.Fail(reason, Phase::kTls, std::move(message));
  Finish();
}

void TlsAttempt::Finish() {
  deadline_.Disarm();
  listening_.Disarm();
  stream_.reset();
  Conclude(started_, done_, seen_);
}

}  // namespace

std::unique_ptr<Attempt> BeginTlsAttempt(std::shared_ptr<const TlsPlan> plan,
                                         const AttemptContext& context, AttemptDone done) {
  auto attempt = std::make_unique<TlsAttempt>(std::move(plan), context, std::move(done));
  attempt->Begin();
  return attempt;
}

}  // namespace gaikei
