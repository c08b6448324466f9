#include "checks/http/http_attempt.h"

#include <fmt/core.h>

#include <algorithm>
#include <utility>

#include "checks/http/authorization.h"
#include "checks/http/cookies.h"
#include "checks/http/http_evidence.h"
#include "checks/http/http_reach.h"
#include "checks/http/http_redirect.h"
#include "checks/http/http_source.h"
#include "checks/http/http_versions.h"
#include "checks/http/token_attempt.h"
#include "checks/http/trace_context.h"
#include "checks/io/engine.h"
#include "checks/io/http/connection_keeper.h"
#include "checks/io/http/http_transfer.h"
#include "checks/io/http/transfer_proxy.h"
#include "checks/io/loop/timer.h"
#include "checks/parts/conclude.h"
#include "checks/parts/dial.h"
#include "results/secret.h"
#include "results/text.h"

namespace gaikei {
namespace {

/// Header bytes over all hops of one attempt (docs/hostile-servers.md).
constexpr std::size_t kHeaderBudget = 256 * 1024;

/// Fields that describe a body, dropped with it (RFC 9110, 15.4).
bool DescribesBody(std::string_view name) {
  static constexpr std::string_view kPrefix = "content-";
  return io::EqualsIgnoringCase(name.substr(0, kPrefix.size()), kPrefix);
}

class HttpAttempt : public Attempt {
 public:
  HttpAttempt(std::shared_ptr<const HttpPlan> plan, const AttemptContext& context, AttemptDone done,
              HttpRun* run)
      : plan_(std::move(plan)),
        context_(context),
        run_(run),
        done_(std::move(done)),
        deadline_(context.engine.loop()),
        own_transfer_(
            // A request that is to have no part in the cookies of the others keeps apart.
            run != nullptr && run->transfer != nullptr && plan_->keeps_cookies
                ? nullptr
                : std::make_unique<io::HttpTransfer>(context.engine.loop(), context.engine.curl())),
        transfer_(own_transfer_ != nullptr ? *own_transfer_ : *run->transfer),
        started_(MonoNow()),
        url_(plan_->url),
        method_(plan_->method),
        traceparent_(plan_->traceparent, false),
        own_cookies_(plan_->cookies),
        authorization_(*plan_->auth),
        secrets_(*plan_->secrets) {}

  ~HttpAttempt() override {
    if (step_ == Step::kExchanging) transfer_.Cancel();
  }
  HttpAttempt(const HttpAttempt&) = delete;
  HttpAttempt& operator=(const HttpAttempt&) = delete;

  void Begin() {
    deadline_.Arm(context_.timeout, [this] { OnDeadline(); });
    if (plan_->sends_traceparent && traceparent_.empty()) {
      traceparent_ = Secret(NewTraceparent(), false);
    }
    BeginHop();
  }

 private:
  enum class Step { kDialling, kExchanging, kIdle };

  /// Where this request leaves its connection; null: nowhere.
  io::ConnectionCache* Connections();
  /// Connections of earlier slots or steps; null: there are none to use.
  io::ConnectionCache* StandingConnections() const;
  /// Where the present hop's host has to be reached, whatever it resolves to.
  std::optional<io::Address> FixedPeer() const;
  /// What began in public must not end inside (a redirect to the metadata service).
  bool DeniesPrivate() const {
    return plan_->deny_private || (was_public_ && !plan_->allow_private);
  }

  void BeginHop();
  /// Reaches the peer of the present hop, on a connection that stands where there may be one.
  void BeginDial();
  void OnReached(ReachResult reached);
  void Exchange(ReachResult result);
  void AddCookies(io::HttpRequest& request);
  void AddTrace(io::HttpRequest& request);
  void OnAnswer(io::HttpAnswer answer);
  void Authenticate(io::HttpAnswer& answer);
  void Follow(Redirect redirect, const io::HttpAnswer& answer);
  void JudgeAnswer(const io::HttpAnswer& answer);
  void OnDeadline();
  std::string TimeoutText(Phase phase) const;

  /// Takes over what an answer tells, good or bad.
  void Keep(const io::HttpAnswer& answer);
  void KeepReach(const ReachResult& reached);
  void KeepPeer(const io::Address& peer);
  /// Adds the hop's phases to the attempt's.
  void CloseHop();
  void Fail(Reason reason, std::optional<Phase> phase, std::string message,
            std::optional<Blame> blame = std::nullopt);
  void Finish();  ///< calls done; nothing of this may be touched afterwards

  bool IsOwnOrigin() const { return io::IsSameOrigin(url_, plan_->url); }
  HttpEvidence& Http() { return seen_.http ? *seen_.http : seen_.http.emplace(); }

  const std::shared_ptr<const HttpPlan> plan_;
  const AttemptContext context_;
  HttpRun* const run_;  ///< null: no journey
  AttemptDone done_;
  io::Timer deadline_;
  std::unique_ptr<HttpReach> reach_;
  bool has_to_dial_ = false;  ///< no connection stands, or none is to be used
  std::unique_ptr<io::ConnectionCache> own_connections_;  ///< of this attempt; null: none needed
  const std::unique_ptr<io::HttpTransfer> own_transfer_;
  io::HttpTransfer& transfer_;
  Step step_ = Step::kDialling;

  const MonoTime started_;
  io::Url url_;  ///< of the present hop, as the method and the body
  std::string method_;
  bool sends_body_ = true;
  MonoTime hop_started_{};
  Phases hop_phases_;
  std::string hop_address_;
  Secret traceparent_;  ///< no secret; empty: none is sent
  OwnCookies own_cookies_;
  Secret cookies_;  ///< of the present hop
  Authorization authorization_;
  const Redactor& secrets_;                ///< of the plan
  std::optional<io::Address> asked_peer_;  ///< that has asked who we are, in the present hop
  bool was_public_ = false;                ///< some hop's peer had a public address
  std::size_t header_bytes_ = 0;
  Observation seen_;
};

void HttpAttempt::BeginHop() {
  hop_started_ = MonoNow();
  hop_phases_ = Phases{};
  hop_address_.clear();
  asked_peer_.reset();
  authorization_.BeginHop();
  has_to_dial_ = StandingConnections() == nullptr;
  BeginDial();
}

io::ConnectionCache* HttpAttempt::Connections() {
  if (io::ConnectionCache* standing = StandingConnections()) return standing;
  if (plan_->auth->scheme != HttpAuth::Scheme::kDigest) return nullptr;
  // The request that answers the question goes over the connection that it came on.
  if (own_connections_ == nullptr) own_connections_ = std::make_unique<io::ConnectionCache>();
  return own_connections_.get();
}

io::ConnectionCache* HttpAttempt::StandingConnections() const {
  // An attempt that changes something is to find out what a new connection gives.
  if (context_.change != Change::kNothing) return nullptr;
  if (run_ != nullptr && run_->connections != nullptr) return run_->connections;
  if (plan_->connection_owner == nullptr) return nullptr;
  return &context_.engine.connections().For(plan_->connection_owner, context_.region.name);
}

std::optional<io::Address> HttpAttempt::FixedPeer() const {
  if (asked_peer_ && asked_peer_->length != 0) return asked_peer_;
  if (url_.host != plan_->url.host) return std::nullopt;
  if (context_.peer != nullptr) return *context_.peer;
  return plan_->address ? std::optional(*plan_->address) : std::nullopt;
}

void HttpAttempt::BeginDial() {
  if (!has_to_dial_) {
    ReachResult standing;
    if (const auto peer = FixedPeer()) standing.dial.peer = peer->WithPort(url_.port);
    return Exchange(std::move(standing));
  }
  step_ = Step::kDialling;
  DialTarget target;
  target.host = url_.host;
  target.port = url_.port;
  target.family = plan_->family;
  target.is_cached = plan_->is_resolve_cached;
  target.wants_https = url_.scheme == "https";
  target.deny_private = DeniesPrivate();
  target.address = FixedPeer();
  reach_ =
      std::make_unique<HttpReach>(context_, *plan_, std::move(target), url_.host == plan_->url.host,
                                  [this](ReachResult result) { OnReached(std::move(result)); });
}

void HttpAttempt::OnReached(ReachResult reached) {
  KeepReach(reached);
  DialResult& result = reached.dial;
  if (result.reason == Reason::kAddressBlocked) {
    const Blame blame = Http().redirects.empty() ? BlameOf(result.reason) : Blame::kTarget;
    CloseHop();
    seen_.Fail(result.reason, std::nullopt, std::move(result.message));
    seen_.blame = blame;
    return Finish();
  }
  if (result.reason != Reason::kNone) {
    return Fail(result.reason, result.phase, std::move(result.message), reached.blame);
  }
  Exchange(std::move(reached));
}

void HttpAttempt::Exchange(ReachResult result) {
  if (url_.scheme == "https" && !plan_->tls) {
    return Fail(Reason::kProberInternal, std::nullopt, plan_->tls_error);
  }
  step_ = Step::kExchanging;
  const bool is_own = IsOwnOrigin();
  io::HttpRequest request;
  request.url = &url_;
  request.method = method_;
  // What the operator configured is for the target's own origin alone, secret or not; but every
  // server may know who asks.
  for (const auto& [name, value] : plan_->headers) {
    const bool is_name = !value.is_secret() && io::EqualsIgnoringCase(name, "user-agent");
    if ((!is_own && !is_name) || (!sends_body_ && DescribesBody(name))) continue;
    request.headers.emplace_back(&name, &value);
  }
  AddCookies(request);
  AddTrace(request);
  if (plan_->body && sends_body_ && (is_own || !plan_->body->is_secret())) {
    request.body = &*plan_->body;
  }
  if (is_own) {
    const AuthRequest asks{.url = url_,
                           .method = method_,
                           .headers = request.headers,
                           .body = request.body == nullptr ? "" : request.body->Reveal(),
                           .now = WallNow()};
    for (const auto& [name, value] : authorization_.Fields(asks)) {
      request.headers.emplace_back(&name, &value);
    }
  }
  request.version = plan_->version;
  request.compression = plan_->compression ? &*plan_->compression : nullptr;
  request.user_agent = &plan_->user_agent;
  request.body_limit = plan_->body_limit;
  request.keep_limit = std::max(plan_->keep_limit, run_ == nullptr ? 0 : run_->keep_limit);
  request.header_budget = kHeaderBudget - std::min(header_bytes_, kHeaderBudget);
  request.socket = std::move(result.dial.fd);
  request.connections = Connections();
  request.family = plan_->family;
  request.deny_private = DeniesPrivate();
  request.peer = result.dial.peer;
  if (plan_->proxy->type != ProxyOptions::Type::kNone) request.proxy = &*plan_->proxy;
  request.proxy_address = result.proxy;
  const bool is_unix = url_.host == plan_->url.host && !plan_->unix_socket.empty();
  if (is_unix) request.unix_socket = &plan_->unix_socket;
  request.connected = result.dial.connected;
  request.tls = plan_->tls;
  request.is_own_host = url_.host == plan_->url.host;
  transfer_.Send(std::move(request),
                 [this](io::HttpAnswer answer) { OnAnswer(std::move(answer)); });
}

void HttpAttempt::AddCookies(io::HttpRequest& request) {
  request.keeps_cookies = plan_->keeps_cookies;
  if (!IsOwnOrigin()) return;
  cookies_ = own_cookies_.For(url_, transfer_);
  if (!cookies_.empty()) request.cookies = &cookies_;
}

void HttpAttempt::AddTrace(io::HttpRequest& request) {
  static const std::string kName = "traceparent";
  if (traceparent_.empty()) return;
  request.headers.emplace_back(&kName, &traceparent_);
  Http().traceparent = traceparent_.Reveal();
}

void HttpAttempt::Authenticate(io::HttpAnswer& answer) {
  // The question and its answer are part of what the server takes to answer.
  Phases& phases = answer.phases;
  const Span transfer = phases[Phase::kTransfer].value_or(Span(0));
  phases[Phase::kTransfer].reset();
  phases.Add(Phase::kProcessing, transfer);
  Keep(answer);
  asked_peer_ = answer.peer;
  has_to_dial_ = false;
  BeginDial();
}

void HttpAttempt::OnAnswer(io::HttpAnswer answer) {
  step_ = Step::kIdle;
  if (answer.needs_connection) {
    hop_phases_.Add(answer.phases);
    if (IsOwnOrigin()) authorization_.TakeBack();
    has_to_dial_ = true;
    return BeginDial();
  }
  if (answer.reason == Reason::kNone && IsOwnOrigin()) {
    std::string note;
    const bool asks_again = authorization_.Accept(answer.head, note);
    if (!note.empty()) Http().notes.push_back(std::move(note));
    if (asks_again) return Authenticate(answer);
  }
  Keep(answer);
  if (answer.reason != Reason::kNone) {
    return Fail(answer.reason, answer.phase, std::move(answer.message), answer.blame);
  }
  auto redirect = FindRedirect(url_, answer.head, method_, plan_->redirects);
  if (!redirect) return JudgeAnswer(answer);
  HttpEvidence& http = Http();
  http.location = secrets_.Cleaned(redirect->shown_location);
  if (plan_->max_redirects == 0) return JudgeAnswer(answer);
  if (redirect->reason != Reason::kNone) {
    return Fail(redirect->reason, std::nullopt, std::move(redirect->message));
  }
  if (http.redirects.size() >= plan_->max_redirects) {
    return Fail(Reason::kTooManyRedirects, std::nullopt,
                fmt::format("more than {} redirects", plan_->max_redirects));
  }
  if (std::string why = WhyOtherVersion(http.version, plan_->allowed_versions); !why.empty()) {
    return Fail(Reason::kExpectHttp, std::nullopt, std::move(why));
  }
  Follow(std::move(*redirect), answer);
}

void HttpAttempt::Follow(Redirect redirect, const io::HttpAnswer& answer) {
  HttpEvidence& http = Http();
  HttpHop hop;
  hop.url = secrets_.Cleaned(io::ShownUrl(url_));
  hop.status = answer.head.status();
  hop.location = secrets_.Cleaned(std::move(redirect.shown_location));
  hop.address = hop_address_;
  CloseHop();
  hop.phases = hop_phases_;
  hop.duration = hop_phases_.Sum();
  http.redirects.push_back(std::move(hop));
  http.location.clear();
  seen_.tls.reset();  // of the next hop's peer from now on

  url_ = std::move(redirect.url);
  method_ = std::move(redirect.method);
  sends_body_ = sends_body_ && redirect.keeps_body;
  // Credentials in the target are for its own origin, on whatever path it is asked.
  if (url_.user.empty() && url_.password.empty() && IsOwnOrigin()) {
    url_.user = plan_->url.user;
    url_.password = plan_->url.password;
  }
  BeginHop();
}

void HttpAttempt::JudgeAnswer(const io::HttpAnswer& answer) {
  CloseHop();
  if (run_ != nullptr && run_->on_answer) run_->on_answer(answer, url_, seen_);
  SettleDuration(started_, seen_);
  const HttpSource source(seen_, answer, WallNow());
  expect::Judge(plan_->expect, plan_->warn, source, seen_);
  secrets_.Clean(seen_);
  const int status = answer.head.status();
  if (!plan_->judges_status && (status < 200 || status > 299)) {
    seen_.Fail(Reason::kExpectStatus, std::nullopt, fmt::format("status {}, expected 2xx", status));
  }
  const std::string why = WhyOtherVersion(answer.head.version(), plan_->allowed_versions);
  if (!why.empty()) seen_.Fail(Reason::kExpectHttp, std::nullopt, why);
  Finish();
}

void HttpAttempt::OnDeadline() {
  if (step_ == Step::kDialling) {
    ReachResult result = reach_->GiveUp();
    KeepReach(result);
    return Fail(result.dial.reason, result.dial.phase, std::move(result.dial.message));
  }
  step_ = Step::kIdle;
  const io::HttpAnswer answer = transfer_.GiveUp();
  Keep(answer);
  const Phase phase = answer.phase.value_or(Phase::kProcessing);
  std::string text = TimeoutText(phase);
  if (!answer.message.empty()) text += ": " + answer.message;
  Fail(answer.reason, phase, std::move(text));
}

std::string HttpAttempt::TimeoutText(Phase phase) const {
  const std::string after = "timeout after " + FormatDuration(context_.timeout);
  switch (phase) {
    case Phase::kTls:
      return after + ": TLS handshake not finished";
    case Phase::kProcessing:
      return after + ": no byte of an answer";
    case Phase::kTransfer:
      return after + ": answer not complete";
    default:
      return after;
  }
}

void HttpAttempt::Keep(const io::HttpAnswer& answer) {
  hop_phases_.Add(answer.phases);
  header_bytes_ += answer.head.bytes();
  if (answer.tls) seen_.tls = answer.tls;
  seen_.tcp = answer.tcp;
  KeepPeer(answer.peer);
  HttpEvidence& http = Http();
  // The first of several requests to one URL tells: the others follow on its connection.
  if (!asked_peer_) http.is_reused = answer.is_reused;
  // What is asked over a tunnel that stands does not tell what it took to open it.
  if (answer.proxy && !(asked_peer_ && answer.is_reused)) http.proxy = answer.proxy;
  if (IsOwnOrigin()) own_cookies_.Learn(answer.head);
  KeepAnswer(answer, secrets_, http);
}

void HttpAttempt::KeepReach(const ReachResult& reached) {
  const DialResult& result = reached.dial;
  if (plan_->proxy->type != ProxyOptions::Type::kNone) {
    ProxyEvidence& proxy = Http().proxy.emplace();
    proxy.type = io::Name(plan_->proxy->type);
    if (reached.proxy.length != 0) proxy.address = reached.proxy.TextWithPort();
  }
  hop_phases_.Add(result.phases);
  if (result.phases[Phase::kResolve]) seen_.resolve = result.resolve;
  seen_.notes.insert(seen_.notes.end(), result.notes.begin(), result.notes.end());
  KeepPeer(result.peer);
}

void HttpAttempt::KeepPeer(const io::Address& peer) {
  if (peer.length == 0) return;
  was_public_ = was_public_ || io::ScopeOf(peer) == io::AddressScope::kPublic;
  hop_address_ = peer.Text();
  seen_.address = hop_address_;
  seen_.port = peer.port();
  seen_.family = peer.family();
}

void HttpAttempt::CloseHop() {
  if (reach_ != nullptr && hop_phases_[Phase::kResolve]) seen_.resolve->https = reach_->https();
  hop_phases_.SettleOther(MonoNow() - hop_started_);
  seen_.phases.Add(hop_phases_);
}

void HttpAttempt::Fail(Reason reason, std::optional<Phase> phase, std::string message,
                       std::optional<Blame> blame) {
  CloseHop();
  seen_.Fail(reason, phase, secrets_.Cleaned(std::move(message)));
  if (blame) seen_.blame = *blame;
  Finish();
}

void HttpAttempt::Finish() {
  deadline_.Disarm();
  Conclude(started_, done_, seen_);
}

}  // namespace

std::unique_ptr<Attempt> StartHttpAttempt(std::shared_ptr<const HttpPlan> plan,
                                          const AttemptContext& context, AttemptDone done,
                                          HttpRun* run) {
  if (plan->tokens) return StartTokenAttempt(std::move(plan), context, std::move(done), run);
  auto attempt = std::make_unique<HttpAttempt>(std::move(plan), context, std::move(done), run);
  attempt->Begin();
  return attempt;
}

}  // namespace gaikei
