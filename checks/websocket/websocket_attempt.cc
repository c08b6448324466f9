#include "checks/websocket/websocket_attempt.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "checks/io/engine.h"
#include "checks/io/http/response_head.h"
#include "checks/io/loop/timer.h"
#include "checks/io/net/errors.h"
#include "checks/io/tls/digest.h"
#include "checks/io/tls/stream.h"
#include "checks/parts/conclude.h"
#include "checks/parts/fields_source.h"
#include "checks/parts/phase_clock.h"
#include "checks/parts/stream_fault.h"
#include "checks/websocket/frame.h"
#include "checks/websocket/upgrade.h"
#include "results/text.h"

namespace gaikei {
namespace {

using Opcode = WebSocketOpcode;

constexpr std::size_t kResponseShown = 4096;  ///< characters of a message that are kept
constexpr std::size_t kPingSize = 8;
constexpr unsigned kSwitchingProtocols = 101;
/// Bytes that a server may send after its upgrade over all messages.
constexpr std::size_t kReceivedLimit = std::size_t{8} * 1024 * 1024;
/// How long the answer to our close frame is waited for: the verdict stands by then.
constexpr Span kCloseWait = std::chrono::seconds(1);

class WebSocketAttempt : public Attempt {
 public:
  WebSocketAttempt(std::shared_ptr<const WebSocketPlan> plan, const AttemptContext& context,
                   AttemptDone done)
      : plan_(std::move(plan)),
        context_(context),
        done_(std::move(done)),
        deadline_(context.engine.loop()),
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
  enum class Step { kDialing, kHandshaking, kUpgrading, kListening, kTalking, kPinging, kClosing };

  void OnDialed(DialResult result);
  void OnWake();
  void OnHandshake();
  void Upgrade(MonoTime now);
  void ReadHead();
  void OnHead();

  // Of these, false says that the attempt is over: nothing of it may be touched.
  bool ReadMessages();
  bool OnMessage(WebSocketMessage& message);
  bool OnData(const std::string& payload);
  bool OnClose(const WebSocketMessage& message);
  bool Talk(Dialogue::Next next);
  bool Ping();
  bool Settle();  ///< judges, and begins to close

  void OnDeadline();
  void Send(Opcode opcode, std::string_view payload);
  std::string Where() const;
  std::string CloseText() const;
  void FailWithEnd();
  void Judge();
  void KeepFacts();
  void Fail(Reason reason, std::optional<Phase> phase, std::string message);
  void Finish();  ///< calls done; nothing of this may be touched afterwards

  WebSocketEvidence& Evidence() {
    return seen_.websocket ? *seen_.websocket : seen_.websocket.emplace();
  }

  const std::shared_ptr<const WebSocketPlan> plan_;
  const AttemptContext context_;
  AttemptDone done_;
  io::Timer deadline_;
  const MonoTime started_;
  Step step_ = Step::kDialing;
  std::unique_ptr<Dial> dial_;
  std::unique_ptr<io::Stream> stream_;
  std::string key_;
  io::ResponseHead head_;
  WebSocketReader reader_;
  std::size_t received_ = 0;  ///< bytes of frames so far
  std::unique_ptr<Dialogue> dialogue_;
  Secret heard_;            ///< the last message as expectations see it, whatever it reveals
  bool has_heard_ = false;  ///< a message has come in the present step of the dialogue
  std::string ping_;        ///< payload of ours
  MonoTime pinged_{};
  bool is_judged_ = false;
  Observation seen_;
  PhaseClock clock_;
};

void WebSocketAttempt::OnDialed(DialResult result) {
  Keep(result, seen_);
  if (result.reason != Reason::kNone) return Finish();
  clock_.Start(result.connected);
  stream_ = std::make_unique<io::Stream>(context_.engine.loop(), std::move(result.fd),
                                         io::kHeaderBytesLimit + 1, [this] { OnWake(); });
  if (!plan_->setup) return Upgrade(MonoNow());
  step_ = Step::kHandshaking;
  clock_.Enter(Phase::kTls, clock_.since());
  stream_->Secure(plan_->setup, plan_->target.host);
}

void WebSocketAttempt::OnWake() {
  switch (step_) {
    case Step::kDialing:
      return;
    case Step::kHandshaking:
      return OnHandshake();
    case Step::kUpgrading:
      return ReadHead();
    default:
      ReadMessages();
  }
}

void WebSocketAttempt::OnHandshake() {
  if (stream_->tls() == io::Stream::Tls::kFailed) {
    return Fail(stream_->tls_reason(), Phase::kTls, stream_->tls_message());
  }
  if (stream_->tls() != io::Stream::Tls::kEstablished) return;
  Upgrade(stream_->peer()->handshake_done().value_or(MonoNow()));
}

void WebSocketAttempt::Upgrade(MonoTime now) {
  step_ = Step::kUpgrading;
  clock_.Enter(Phase::kProcessing, now);
  key_ = UpgradeKey();
  head_.ExpectUpgrade();
  stream_->Write(plan_->request.Reveal());
  stream_->Write("Sec-WebSocket-Key: " + key_ + "\r\n\r\n");
  ReadHead();
}

void WebSocketAttempt::ReadHead() {
  std::string& input = stream_->input();
  if (!input.empty()) clock_.Enter(Phase::kTransfer, MonoNow());
  std::size_t taken = 0;
  while (!head_.is_complete()) {
    const std::size_t end = input.find('\n', taken);
    if (end == std::string::npos) break;
    auto fault = head_.AddLine(std::string_view(input).substr(taken, end + 1 - taken));
    if (fault) return Fail(fault->reason, clock_.phase(), std::move(fault->message));
    taken = end + 1;
  }
  input.erase(0, taken);
  if (head_.status() != 0) Evidence().status = head_.status();
  if (head_.is_complete()) return OnHead();
  if (input.size() > io::kHeaderBytesLimit) {
    return Fail(Reason::kTooLarge, clock_.phase(), "answer with more than 64 KiB of header");
  }
  if (stream_->end() != End::kOpen) FailWithEnd();
}

void WebSocketAttempt::OnHead() {
  if (head_.status() != kSwitchingProtocols) {
    clock_.Leave(MonoNow());
    Judge();
    return Finish();
  }
  std::string chosen;
  std::string why = WhyNoUpgrade(head_, key_, plan_->subprotocols, chosen);
  if (!why.empty()) return Fail(Reason::kProtocolError, clock_.phase(), std::move(why));
  Evidence().subprotocol = Escape(chosen);
  if (!plan_->subprotocols.empty() && chosen.empty()) {
    seen_.notes.emplace_back("the server chose none of the subprotocols");
  }
  bool goes_on = true;
  if (plan_->dialogue) {
    step_ = Step::kTalking;
    dialogue_ = std::make_unique<Dialogue>(plan_->dialogue);
    std::string nothing;
    goes_on = Talk(dialogue_->Advance(nothing, Dialogue::Input::kOpen));
  } else if (plan_->wants_message) {
    step_ = Step::kListening;
  } else {
    goes_on = Ping();
  }
  // What came with the head is there, and nobody will wake us for it.
  if (goes_on) ReadMessages();
}

bool WebSocketAttempt::ReadMessages() {
  while (true) {
    std::string& input = stream_->input();
    const std::size_t before = input.size();
    const auto next = reader_.Read(input);
    received_ += before - input.size();
    const bool is_closing = step_ == Step::kClosing;
    if (received_ > kReceivedLimit && !is_closing) {
      Send(Opcode::kClose, ClosePayload(kCloseTooBig));
      Fail(Reason::kTooLarge, clock_.phase(),
           fmt::format("more than {} bytes of messages", kReceivedLimit));
      return false;
    }
    if (next == WebSocketReader::Next::kMessage) {
      if (!OnMessage(reader_.message())) return false;
      continue;
    }
    if (next == WebSocketReader::Next::kFault) {
      if (is_closing) {
        seen_.notes.emplace_back("while closing: " + reader_.fault().message);
        Finish();
        return false;
      }
      Send(Opcode::kClose, ClosePayload(reader_.fault().close_code));
      Fail(reader_.fault().reason, clock_.phase(), reader_.fault().message);
      return false;
    }
    if (stream_->end() == End::kOpen) return true;
    if (is_closing) {
      seen_.notes.emplace_back("the server ended the connection without a close frame");
      Finish();
    } else {
      FailWithEnd();
    }
    return false;
  }
}

bool WebSocketAttempt::OnMessage(WebSocketMessage& message) {
  switch (message.opcode) {
    case Opcode::kPing:
      // RFC 6455, 5.5.3: the latest one is enough, so that a flood of them does not pile up here.
      if (stream_->is_flushed() && step_ != Step::kClosing) Send(Opcode::kPong, message.payload);
      return true;
    case Opcode::kPong:
      if (step_ != Step::kPinging || message.payload != ping_) return true;
      Evidence().ping = MonoNow() - pinged_;
      return Settle();
    case Opcode::kClose:
      return OnClose(message);
    default:
      return OnData(message.payload);
  }
}

bool WebSocketAttempt::OnData(const std::string& payload) {
  if (step_ == Step::kClosing) return true;
  Evidence().response = plan_->redactor.Shown(payload, kResponseShown);
  heard_ = Secret(Escape(payload, kResponseShown));
  if (step_ == Step::kListening) return Ping();
  if (step_ != Step::kTalking) return true;
  has_heard_ = true;
  return Talk(dialogue_->AdvanceByMessage(payload));
}

bool WebSocketAttempt::OnClose(const WebSocketMessage& message) {
  Evidence().close_code = message.close_code;
  Evidence().close_reason = plan_->redactor.Shown(message.payload);
  if (step_ == Step::kClosing) {
    Finish();
    return false;
  }
  Send(Opcode::kClose, message.close_code ? ClosePayload(*message.close_code) : "");
  const bool is_answer = step_ == Step::kTalking;
  Fail(is_answer ? Reason::kExpectResponse : Reason::kTruncated,
       is_answer ? std::nullopt : clock_.phase(), Where() + ": the server closed " + CloseText());
  return false;
}

bool WebSocketAttempt::Talk(Dialogue::Next next) {
  std::string nothing;
  while (next == Dialogue::Next::kSend) {
    Send(Opcode::kText, dialogue_->output());
    has_heard_ = false;
    next = dialogue_->Advance(nothing, Dialogue::Input::kOpen);
  }
  if (next == Dialogue::Next::kWait) return true;
  if (next == Dialogue::Next::kDone) return Ping();
  Fail(Reason::kTooLarge, clock_.phase(),
       dialogue_->is_expecting()
           ? fmt::format("{}: {} bytes came without a match", dialogue_->Where(),
                         Dialogue::kMessagesLimit)
           : fmt::format("{}: longer than {} bytes", dialogue_->Where(), Dialogue::kOutputLimit));
  return false;
}

bool WebSocketAttempt::Ping() {
  if (!plan_->pings) return Settle();
  step_ = Step::kPinging;
  ping_ = io::RandomBytes(kPingSize);
  pinged_ = MonoNow();
  Send(Opcode::kPing, ping_);
  return true;
}

bool WebSocketAttempt::Settle() {
  clock_.Leave(MonoNow());
  step_ = Step::kClosing;
  Judge();
  Send(Opcode::kClose, ClosePayload(kCloseNormal));
  const Span left = context_.timeout - (MonoNow() - started_);
  deadline_.Arm(std::clamp(left, Span::zero(), kCloseWait), [this] { OnDeadline(); });
  return true;
}

void WebSocketAttempt::Send(Opcode opcode, std::string_view payload) {
  const std::string random = io::RandomBytes(4);
  std::array<std::uint8_t, 4> mask{};
  std::transform(random.begin(), random.end(), mask.begin(),
                 [](char c) { return static_cast<std::uint8_t>(c); });
  stream_->Write(ClientFrame(opcode, payload, mask));
}

std::string WebSocketAttempt::Where() const {
  switch (step_) {
    case Step::kUpgrading:
      return "waiting for the answer to the upgrade";
    case Step::kListening:
      return "waiting for a message";
    case Step::kTalking:
      return dialogue_->Where();
    default:
      return "waiting for the pong";
  }
}

std::string WebSocketAttempt::CloseText() const {
  const WebSocketEvidence& evidence = *seen_.websocket;
  if (!evidence.close_code) return "without a code";
  std::string text = fmt::format("with code {}", *evidence.close_code);
  if (!evidence.close_reason.empty()) text += fmt::format(" \"{}\"", evidence.close_reason);
  return text;
}

void WebSocketAttempt::FailWithEnd() {
  const Phase phase = clock_.phase().value_or(Phase::kProcessing);
  StreamFault fault = FaultOf(*stream_, phase, Where());
  if (fault.reason == Reason::kTruncated && step_ != Step::kUpgrading) {
    fault.message = Where() + ": the server ended the connection without a close frame";
  }
  Fail(fault.reason, phase, std::move(fault.message));
}

void WebSocketAttempt::OnDeadline() {
  const std::string after = "timeout after " + FormatDuration(context_.timeout);
  switch (step_) {
    case Step::kDialing:
      Keep(dial_->GiveUp(), seen_);
      return Finish();
    case Step::kHandshaking:
      return Fail(Reason::kTlsTimeout, Phase::kTls, after + ": TLS handshake not finished");
    case Step::kUpgrading: {
      const Phase phase = clock_.phase().value_or(Phase::kProcessing);
      return Fail(
          io::TimeoutReason(phase), phase,
          after + (phase == Phase::kTransfer ? ": answer not complete" : ": no byte of an answer"));
    }
    case Step::kListening:
      return Fail(Reason::kResponseTimeout, Phase::kTransfer, after + ": no message came");
    case Step::kTalking:
      if (!has_heard_) {
        return Fail(Reason::kResponseTimeout, Phase::kTransfer,
                    fmt::format("{}: {}: nothing came", after, Where()));
      }
      return Fail(Reason::kTransferTimeout, Phase::kTransfer,
                  fmt::format("{}: {}: last came \"{}\"", after, Where(), dialogue_->last_line()));
    case Step::kPinging:
      return Fail(Reason::kResponseTimeout, Phase::kTransfer, after + ": no pong came");
    case Step::kClosing:
      seen_.notes.emplace_back("the server did not answer the close frame");
      return Finish();
  }
}

void WebSocketAttempt::Judge() {
  is_judged_ = true;
  KeepFacts();
  SettleDuration(started_, seen_);
  // A secret in a message is judged as it came, and shown to nobody.
  std::string shown = std::exchange(Evidence().response, heard_.Reveal());
  expect::Judge(plan_->expect, plan_->warn, FieldsSource(seen_, head_.fields(), WallNow()), seen_);
  Evidence().response = std::move(shown);
  plan_->redactor.Clean(seen_);
  if (plan_->judges_status || head_.status() == kSwitchingProtocols) return;
  std::string message = fmt::format("status {}, expected 101", head_.status());
  if (!head_.location().empty() && head_.status() / 100 == 3) {
    message += ", which points to " + plan_->redactor.Shown(head_.location());
  }
  seen_.Fail(Reason::kExpectStatus, std::nullopt, std::move(message));
}

void WebSocketAttempt::KeepFacts() {
  if (stream_ == nullptr) return;
  seen_.tcp = stream_->Facts();
  if (dialogue_ != nullptr) Evidence().dialogue = std::move(dialogue_->transcript());
  if (stream_->peer() != nullptr) seen_.tls = stream_->peer()->evidence();
  const auto& notes = head_.notes();
  seen_.notes.insert(seen_.notes.end(), notes.begin(), notes.end());
}

void WebSocketAttempt::Fail(Reason reason, std::optional<Phase> phase, std::string message) {
  clock_.Leave(MonoNow());
  KeepFacts();
  if (plan_->redactor.Reveals(message)) message = "the server sent a secret back: <secret>";
  seen_.Fail(reason, phase, std::move(message));
  Finish();
}

void WebSocketAttempt::Finish() {
  deadline_.Disarm();
  stream_.reset();
  if (!is_judged_) return Conclude(started_, done_, seen_);
  // The duration was settled with the verdict: how long a server takes to close is no part of it.
  const AttemptDone tell = std::move(done_);
  Observation told = std::move(seen_);
  tell(std::move(told));
}

}  // namespace

std::unique_ptr<Attempt> StartWebSocketAttempt(std::shared_ptr<const WebSocketPlan> plan,
                                               const AttemptContext& context, AttemptDone done) {
  auto attempt = std::make_unique<WebSocketAttempt>(std::move(plan), context, std::move(done));
  attempt->Begin();
  return attempt;
}

}  // namespace gaikei
