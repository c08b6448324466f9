#include "checks/grpc/grpc_attempt.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "checks/grpc/grpc_answer.h"
#include "checks/io/engine.h"
#include "checks/io/http/http_transfer.h"
#include "checks/io/loop/timer.h"
#include "checks/parts/conclude.h"
#include "checks/parts/fields_source.h"
#include "results/text.h"

namespace gaikei {
namespace {

constexpr Span kGrace = std::chrono::seconds(1);

class GrpcAttempt : public Attempt {
 public:
  GrpcAttempt(std::shared_ptr<const GrpcPlan> plan, const AttemptContext& context, AttemptDone done)
      : plan_(std::move(plan)),
        context_(context),
        done_(std::move(done)),
        deadline_(context.engine.loop()),
        transfer_(context.engine.loop(), context.engine.curl()),
        started_(MonoNow()) {}

  void Begin() {
    deadline_.Arm(context_.timeout, [this] { OnDeadline(); });
    DialTarget target = plan_->target;
    if (context_.peer != nullptr) target.address = *context_.peer;
    dial_ = std::make_unique<Dial>(context_, std::move(target),
                                   [this](DialResult result) { OnDialed(std::move(result)); });
  }

 private:
  void OnDialed(DialResult result);
  void OnAnswer(io::HttpAnswer answer);
  void Judge(const io::HttpAnswer& answer);
  void OnDeadline();
  void Keep(const io::HttpAnswer& answer);
  /// A server that speaks no HTTP/2 over TLS says something that libcurl cannot read, or nothing.
  bool LacksHttp2(const io::HttpAnswer& answer) const;
  void SetTimeout();
  void Fail(Reason reason, std::optional<Phase> phase, std::string message);
  void Finish();  ///< calls done; nothing of this may be touched afterwards

  GrpcEvidence& Grpc() { return seen_.grpc ? *seen_.grpc : seen_.grpc.emplace(); }

  const std::shared_ptr<const GrpcPlan> plan_;
  const AttemptContext context_;
  AttemptDone done_;
  io::Timer deadline_;
  std::unique_ptr<Dial> dial_;
  io::HttpTransfer transfer_;
  bool is_dialed_ = false;
  const MonoTime started_;
  const std::string timeout_name_ = "grpc-timeout";
  Secret timeout_;
  const std::string method_ = "POST";
  Observation seen_;
};

/// "TimeoutValue TimeoutUnit": at most 8 digits. A little longer than there is, so that a server
/// that gives up by itself does not race with our own deadline.
void GrpcAttempt::SetTimeout() {
  using std::chrono::milliseconds;
  constexpr milliseconds::rep kMost = 99'999'999;
  const auto left =
      std::chrono::duration_cast<milliseconds>(context_.timeout + kGrace - (MonoNow() - started_));
  timeout_ =
      Secret(fmt::format("{}m", std::clamp<milliseconds::rep>(left.count(), 1, kMost)), false);
}

void GrpcAttempt::OnDialed(DialResult result) {
  gaikei::Keep(result, seen_);
  if (result.reason != Reason::kNone) return Finish();
  is_dialed_ = true;
  SetTimeout();
  io::HttpRequest request;
  request.url = &plan_->url;
  request.method = method_;
  request.headers.emplace_back(&timeout_name_, &timeout_);
  for (const auto& [name, value] : plan_->headers) request.headers.emplace_back(&name, &value);
  request.body = &plan_->body;
  request.version = HttpVersion::k2;
  request.user_agent = &plan_->user_agent;
  request.body_limit = kGrpcPrefixSize + kGrpcMessageLimit;
  request.keep_limit = request.body_limit;
  request.header_budget = io::kHeaderBytesLimit;
  request.socket = std::move(result.fd);
  request.peer = result.peer;
  request.connected = result.connected;
  request.tls = plan_->setup;
  Grpc().service = Escape(plan_->service);
  transfer_.Send(std::move(request),
                 [this](io::HttpAnswer answer) { OnAnswer(std::move(answer)); });
}

bool GrpcAttempt::LacksHttp2(const io::HttpAnswer& answer) const {
  const bool is_talk = answer.phase == Phase::kProcessing || answer.phase == Phase::kTransfer;
  const bool can_be =
      answer.reason == Reason::kNone ||
      (is_talk && (answer.reason == Reason::kProtocolError || answer.reason == Reason::kTruncated ||
                   answer.reason == Reason::kReset));
  return can_be && answer.tls && answer.tls->alpn != "h2";
}

void GrpcAttempt::OnAnswer(io::HttpAnswer answer) {
  Keep(answer);
  if (LacksHttp2(answer)) {
    return Fail(Reason::kProtocolError, answer.phase,
                answer.tls->alpn.empty()
                    ? std::string("the server chose no protocol by ALPN; gRPC needs h2")
                    : fmt::format("the server chose {} by ALPN; gRPC needs h2", answer.tls->alpn));
  }
  if (!plan_->setup && answer.head.status() == 0 && answer.reason == Reason::kTruncated) {
    answer.message += "; a server that speaks no HTTP/2 without TLS ends a connection so";
  }
  if (answer.reason != Reason::kNone) {
    return Fail(answer.reason, answer.phase, std::move(answer.message));
  }
  GrpcFault fault = ReadGrpcAnswer(answer, plan_->redactor, Grpc());
  if (fault.reason != Reason::kNone) {
    return Fail(fault.reason, Phase::kTransfer, std::move(fault.message));
  }
  Judge(answer);
}

void GrpcAttempt::Judge(const io::HttpAnswer& answer) {
  SettleDuration(started_, seen_);
  FieldsSource::Fields fields = answer.head.fields();
  fields.insert(fields.end(), answer.head.trailers().begin(), answer.head.trailers().end());
  expect::Judge(plan_->expect, plan_->warn, FieldsSource(seen_, fields, WallNow()), seen_);
  plan_->redactor.Clean(seen_);
  const GrpcEvidence& grpc = Grpc();
  if (!plan_->judges_serving && grpc.status != 0) {
    seen_.Fail(Reason::kExpectServingStatus, std::nullopt, CallStatusText(grpc));
  } else if (!plan_->judges_serving && grpc.serving_status != "SERVING") {
    seen_.Fail(Reason::kExpectServingStatus, std::nullopt,
               fmt::format("{}, expected SERVING", grpc.serving_status));
  } else if (grpc.status != 0 && seen_.reason == Reason::kExpectServingStatus) {
    seen_.message += fmt::format(" ({})", CallStatusText(grpc));
  }
  Finish();
}

void GrpcAttempt::OnDeadline() {
  if (!is_dialed_) {
    gaikei::Keep(dial_->GiveUp(), seen_);
    return Finish();
  }
  const io::HttpAnswer answer = transfer_.GiveUp();
  Keep(answer);
  const Phase phase = answer.phase.value_or(Phase::kProcessing);
  const std::string_view what = phase == Phase::kTls          ? "TLS handshake not finished"
                                : phase == Phase::kProcessing ? "no byte of an answer"
                                                              : "answer not complete";
  Fail(answer.reason, phase,
       fmt::format("timeout after {}: {}", FormatDuration(context_.timeout), what));
}

void GrpcAttempt::Keep(const io::HttpAnswer& answer) {
  seen_.phases.Add(answer.phases);
  seen_.tls = answer.tls;
  seen_.tcp = answer.tcp;
  seen_.notes.insert(seen_.notes.end(), answer.notes.begin(), answer.notes.end());
}

void GrpcAttempt::Fail(Reason reason, std::optional<Phase> phase, std::string message) {
  if (plan_->redactor.Reveals(message)) message = "the server sent a secret back: <secret>";
  seen_.Fail(reason, phase, std::move(message));
  Finish();
}

void GrpcAttempt::Finish() {
  deadline_.Disarm();
  Conclude(started_, done_, seen_);
}

}  // namespace

std::unique_ptr<Attempt> StartGrpcAttempt(std::shared_ptr<const GrpcPlan> plan,
                                          const AttemptContext& context, AttemptDone done) {
  auto attempt = std::make_unique<GrpcAttempt>(std::move(plan), context, std::move(done));
  attempt->Begin();
  return attempt;
}

}  // namespace gaikei
