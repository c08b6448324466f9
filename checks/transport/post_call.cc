#include "checks/transport/post_call.h"

#include <algorithm>
#include <utility>

#include "results/ascii.h"
#include "results/http_text.h"
#include "results/text.h"

namespace gaikei {
namespace {

using Fields = std::vector<std::pair<std::string, std::string>>;

bool Names(const std::vector<std::pair<std::string, Secret>>& headers, std::string_view name) {
  return std::any_of(headers.begin(), headers.end(), [name](const auto& header) {
    return io::EqualsIgnoringCase(header.first, name);
  });
}

std::string TimeoutText(Span timeout, const io::HttpAnswer& answer) {
  std::string text = "timeout after " + FormatDuration(timeout);
  switch (answer.phase.value_or(Phase::kProcessing)) {
    case Phase::kTls:
      text += ": TLS handshake not finished";
      break;
    case Phase::kTransfer:
      text += ": answer not complete";
      break;
    case Phase::kProcessing:
      text += ": no byte of an answer";
      break;
    default:
      break;
  }
  return answer.message.empty() ? text : text + ": " + answer.message;
}

const std::string kGzip = "gzip";

/// Statuses from here on refuse (or send elsewhere, where nobody follows).
constexpr int kNoSuccess = 300;

}  // namespace

PostCall::PostCall(std::shared_ptr<TransportState> state, PostRequest request, Transport::Done done)
    : state_(std::move(state)),
      connections_(state_->connections),
      request_(std::move(request)),
      done_(std::move(done)),
      deadline_(state_->engine.loop()),
      deferred_(state_->engine.loop()),
      transfer_(state_->engine.loop(), state_->engine.curl()) {
  if (std::string why = Prepare(); !why.empty()) {
    deferred_.Arm(Span::zero(), [this, why = std::move(why)] { Fail(why); });
    return;
  }
  deadline_.Arm(request_.timeout, [this] { OnDeadline(); });
  Exchange({});
}

PostCall::~PostCall() = default;

std::string PostCall::Prepare() {
  const TransportPlan& plan = *state_->plan;
  auto url = io::ParseUrl(request_.url);
  if (!url) return "url: " + url.error().message;
  url_ = std::move(*url);
  if (!io::IsSameOrigin(url_, plan.url)) return "url: of another origin than the upstream's";
  for (const auto& [name, value] : request_.headers) {
    if (!IsToken(name) || BreaksALine(value.Reveal())) {
      return "a header field that cannot be sent: " + Escape(name, 80);
    }
  }
  if (request_.wants_http2 && url_.scheme == "http" &&
      plan.way.proxy->type == ProxyOptions::Type::kHttp) {
    return "HTTP/2 in plain text does not go through an HTTP proxy";
  }
  // Moved, never copied: it may be 64 MiB.
  if (!request_.body.empty()) body_.emplace(std::move(request_.body), false);
  return {};
}

void PostCall::LeaveStanding() {
  if (state_->connections == connections_ && connections_->size() > 0) {
    state_->connections = std::make_shared<io::ConnectionCache>();
  }
  connections_ = state_->connections;
}

void PostCall::Dial(std::function<void(ReachResult)> then) {
  is_dialling_ = true;
  DialTarget target;
  target.host = url_.host;
  target.port = url_.port;
  target.is_cached = true;
  reach_ = std::make_unique<HttpReach>(
      AttemptContext{state_->engine, *state_->region, request_.timeout}, state_->plan->way,
      std::move(target), true, [this, then = std::move(then)](ReachResult reached) {
        is_dialling_ = false;
        if (reached.dial.reason == Reason::kNone) return then(std::move(reached));
        Fail(doubt_.empty() ? std::move(reached.dial.message) : std::move(doubt_));
      });
}

void PostCall::Exchange(ReachResult reached) {
  const TransportPlan& plan = *state_->plan;
  io::HttpRequest request;
  request.url = &url_;
  request.method = request_.method;
  for (const auto& [name, value] : request_.headers) {
    if (!Names(plan.headers, name)) request.headers.emplace_back(&name, &value);
  }
  for (const auto& [name, value] : plan.headers) request.headers.emplace_back(&name, &value);
  if (body_) request.body = &*body_;
  request.keeps_cookies = false;
  // One request at a time on a connection: HTTP/2 would only add its windows.
  request.version = request_.wants_http2 ? HttpVersion::k2 : HttpVersion::k1_1;
  if (!request_.wants_http2) request.compression = &kGzip;
  request.body_limit = kAnswerLimit;
  request.keep_limit = kAnswerLimit;
  request.header_budget = io::kHeaderBytesLimit;
  request.connections = connections_.get();
  request.trusts_standing = true;
  request.requires_http2 = request_.wants_http2;
  request.can_be_smaller = true;
  request.socket = std::move(reached.dial.fd);
  request.peer = reached.dial.peer;
  request.connected = reached.dial.connected;
  if (plan.way.proxy->type != ProxyOptions::Type::kNone) request.proxy = &*plan.way.proxy;
  request.proxy_address = reached.proxy;
  request.tls = plan.tls;
  transfer_.Send(std::move(request),
                 [this](io::HttpAnswer answer) { OnAnswer(std::move(answer)); });
}

void PostCall::OnAnswer(io::HttpAnswer answer) {
  if (answer.needs_connection) {
    if (request_.wants_http2) LeaveStanding();
    return Dial([this](ReachResult reached) { Exchange(std::move(reached)); });
  }
  if (answer.is_answer_lost) return OnLostAnswer(std::move(answer));
  if (answer.lacks_http2) return Fail(std::move(answer.message), true);
  if (answer.reason != Reason::kNone) return OnFailure(std::move(answer));
  if (request_.wants_http2 && answer.head.version() != "2") {
    return Fail("the server does not speak HTTP/2: it answered in HTTP/" + answer.head.version(),
                true);
  }
  Finish(Taken(std::move(answer), false));
}

void PostCall::OnLostAnswer(io::HttpAnswer answer) {
  LeaveStanding();
  // A refusal stands, whatever more was coming.
  const bool is_refusal = answer.head.is_complete() && answer.head.status() >= kNoSuccess;
  if (is_refusal) return Finish(Taken(std::move(answer), true));
  // Whatever it said, it did not want all of the body: of a smaller one we will hear it.
  PostResponse response;
  response.status = 413;
  Finish(std::move(response));
}

void PostCall::OnFailure(io::HttpAnswer answer) {
  // What was said stands, whatever more was coming.
  const bool is_cut_off = answer.reason == Reason::kTooLarge && answer.head.is_complete();
  if (is_cut_off) return Finish(Taken(std::move(answer), true));
  if (answer.is_reused && answer.reason == Reason::kTruncated) {
    return Fail("the connection, used before, was closed before an answer");
  }
  if (IsHttp2InDoubt(answer)) return AskForHttp2(std::move(answer.message));
  Fail(std::move(answer.message));
}

bool PostCall::IsHttp2InDoubt(const io::HttpAnswer& answer) const {
  // Behind a proxy it is libcurl that makes the connection.
  return request_.wants_http2 && url_.scheme == "http" && !answer.is_reused &&
         answer.head.status() == 0 && state_->plan->way.proxy->type == ProxyOptions::Type::kNone;
}

void PostCall::AskForHttp2(std::string why) {
  doubt_ = why.empty() ? "no answer" : std::move(why);
  Dial([this](ReachResult reached) {
    greeting_ = std::make_unique<Http2Greeting>(
        state_->engine.loop(), std::move(reached.dial.fd),
        [this](std::optional<std::string> other) {
          if (!other) return Fail(std::move(doubt_));
          Fail("the server does not speak HTTP/2 without TLS: " + *other, true);
        });
  });
}

PostResponse PostCall::Taken(io::HttpAnswer answer, bool is_cut_off) const {
  Redactor secrets = state_->plan->long_secrets;
  for (const auto& [name, value] : request_.headers) secrets.AddLong(value);
  PostResponse response;
  response.status = answer.head.status();
  response.is_cut_off = is_cut_off;
  for (const Fields* fields : {&answer.head.fields(), &answer.head.trailers()}) {
    for (const auto& [name, value] : *fields) {
      const bool is_secret = secrets.Reveals(value) || secrets.Reveals(PercentDecoded(value));
      response.headers.emplace_back(LowerCase(name), is_secret ? "<secret>" : value);
    }
  }
  // A server that says ours back to us must not have it shown: excerpts of this are.
  response.body = secrets.Reveals(answer.body) ? "<secret>" : std::move(answer.body);
  return response;
}

void PostCall::OnDeadline() {
  std::string why;
  if (!doubt_.empty()) {
    why = std::move(doubt_);
  } else if (is_dialling_) {
    why = reach_->GiveUp().dial.message;
  } else {
    why = TimeoutText(request_.timeout, transfer_.GiveUp());
  }
  LeaveStanding();
  Fail(std::move(why));
}

void PostCall::Fail(std::string why, bool is_no_http2) {
  Redactor secrets = state_->plan->secrets;
  for (const auto& [name, value] : request_.headers) secrets.Add(value);
  PostResponse response;
  response.error = why.empty() ? "no answer" : secrets.Cleaned(std::move(why));
  response.is_no_http2 = is_no_http2;
  Finish(std::move(response));
}

void PostCall::Finish(PostResponse response) {
  deadline_.Disarm();
  const Transport::Done done = std::move(done_);
  done(std::move(response));
}

}  // namespace gaikei
