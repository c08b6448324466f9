#include "checks/http/http_reach.h"

#include <fmt/core.h>

#include <cerrno>
#include <utility>

#include "checks/http/http_plan.h"
#include "checks/io/engine.h"
#include "checks/io/net/errors.h"
#include "checks/io/net/unix_socket.h"
#include "results/text.h"

namespace gaikei {
namespace {

/// Names of proxies are looked up as they are, whatever a further attempt changes about the target.
AttemptContext Unchanged(const AttemptContext& context) {
  AttemptContext same = context;
  same.change = Change::kNothing;
  same.failed = nullptr;
  return same;
}

}  // namespace

HttpReach::HttpReach(const AttemptContext& context, const HttpPlan& plan, DialTarget target,
                     bool is_own_host, Done done)
    : context_(context),
      plan_(plan),
      target_(std::move(target)),
      done_(std::move(done)),
      started_(MonoNow()),
      deferred_(context.engine.loop()) {
  if (is_own_host && !plan_.unix_socket.empty()) {
    deferred_.Arm(Span::zero(), [this] { OpenUnix(); });
  } else if (plan_.proxy->type == ProxyOptions::Type::kNone) {
    dial_ = std::make_unique<Dial>(context_, target_, [this](DialResult result) {
      Finish({std::move(result), {}, std::nullopt});
    });
  } else {
    ResolveTarget();
  }
}

HttpReach::~HttpReach() = default;

void HttpReach::ResolveTarget() {
  target_address_ = target_.address;
  const bool is_ours = plan_.proxy->type == ProxyOptions::Type::kSocks5;
  if (is_ours && !target_address_) {
    target_address_ = io::Address::Parse(target_.host, target_.port);
    const bool is_other = target_address_ && target_.family != Family::kAuto &&
                          target_address_->family() != target_.family;
    if (is_other) target_address_.reset();  // the resolver says so
  }
  if (target_address_) {
    *target_address_ = target_address_->WithPort(target_.port);
    const bool is_blocked =
        target_.deny_private && io::ScopeOf(*target_address_) != io::AddressScope::kPublic;
    if (is_blocked) {
      deferred_.Arm(Span::zero(), [this] { FailBlocked(); });
      return;
    }
  }
  if (target_address_ || !is_ours) return DialProxy();
  io::ResolveOptions options;
  options.family = target_.family;
  options.is_cached = target_.is_cached;
  options.wants_https = target_.wants_https;
  ticket_ = context_.engine.ResolverFor(context_.region)
                .Resolve(target_.host, options,
                         [this](io::ResolveResult result) { OnResolved(std::move(result)); });
}

void HttpReach::OnResolved(io::ResolveResult result) {
  resolving_.Add(Phase::kResolve, result.known - started_);
  resolved_ = std::move(result.evidence);
  if (result.reason != Reason::kNone) {
    DialResult failed;
    failed.reason = result.reason;
    failed.phase = Phase::kResolve;
    failed.message = std::move(result.message);
    failed.phases = resolving_;
    failed.resolve = *resolved_;
    return Finish({std::move(failed), {}, std::nullopt});
  }
  for (const io::Address& address : result.addresses) {
    resolved_->addresses.push_back(address.Text());
    const bool may = !target_.deny_private || io::ScopeOf(address) == io::AddressScope::kPublic;
    if (may && !target_address_) target_address_ = address.WithPort(target_.port);
  }
  if (!target_address_) return FailBlocked();
  DialProxy();
}

void HttpReach::FailBlocked() {
  DialResult failed;
  failed.reason = Reason::kAddressBlocked;
  failed.message = "the address is not public and must not be looked at";
  failed.phases = resolving_;
  if (resolved_) failed.resolve = *resolved_;
  Finish({std::move(failed), {}, std::nullopt});
}

void HttpReach::DialProxy() {
  DialTarget proxy;
  proxy.host = plan_.proxy->host;
  proxy.port = plan_.proxy->port;
  proxy.is_cached = target_.is_cached;
  dial_ = std::make_unique<Dial>(Unchanged(context_), std::move(proxy),
                                 [this](DialResult result) { Finish(OfProxy(std::move(result))); });
}

/// The result of dialling the proxy as that of reaching the target.
ReachResult HttpReach::OfProxy(DialResult result) {
  ReachResult reached;
  reached.proxy = result.peer;
  result.peer = target_address_.value_or(io::Address());
  result.phases.Add(resolving_);
  if (resolved_) result.resolve = *resolved_;
  if (result.reason != Reason::kNone) {
    if (StatusOf(result.reason) != Status::kUnknown) result.reason = Reason::kProberNetworkDown;
    result.message = fmt::format("the proxy {}:{} cannot be reached: {}", Escape(plan_.proxy->host),
                                 plan_.proxy->port, result.message);
  }
  reached.dial = std::move(result);
  return reached;
}

void HttpReach::OpenUnix() {
  ReachResult reached;
  reached.dial.fd = io::OpenUnixSocket();
  reached.dial.connected = started_;
  if (!reached.dial.fd.is_valid()) {
    const int error = errno;
    reached.dial.reason = io::ReasonFromUnixErrno(error);
    reached.dial.phase = Phase::kConnect;
    reached.dial.message = "cannot open a unix socket: " + io::ErrnoText(error);
  }
  Finish(std::move(reached));
}

void HttpReach::Finish(ReachResult result) {
  const Done done = std::move(done_);
  done(std::move(result));
}

ReachResult HttpReach::GiveUp() {
  deferred_.Disarm();
  const std::string after = "timeout after " + FormatDuration(context_.timeout);
  if (dial_ != nullptr) {
    DialResult result = dial_->GiveUp();
    if (plan_.proxy->type != ProxyOptions::Type::kNone) return OfProxy(std::move(result));
    return {std::move(result), {}, std::nullopt};
  }
  ReachResult late;
  if (ticket_ == nullptr) {
    // What was about to happen in this turn did not.
    late.dial.reason = Reason::kConnectTimeout;
    late.dial.phase = Phase::kConnect;
    late.dial.phases.Add(Phase::kConnect, MonoNow() - started_);
    late.dial.message = after + ": no connection to " +
                        Escape(plan_.unix_socket.empty() ? target_.host : plan_.unix_socket, 200);
    return late;
  }
  io::ResolveResult resolved = ticket_->GiveUp();
  late.dial.phases.Add(Phase::kResolve, MonoNow() - started_);
  late.dial.resolve = std::move(resolved.evidence);
  late.dial.phase = Phase::kResolve;
  late.dial.reason = resolved.reason;
  late.dial.message = resolved.reason == Reason::kDnsTimeout
                          ? fmt::format("{}: {}", after, resolved.message)
                          : std::move(resolved.message);
  return late;
}

std::vector<std::string> HttpReach::https() const {
  if (ticket_ != nullptr) return ticket_->https();
  return dial_ == nullptr ? std::vector<std::string>() : dial_->https();
}

std::string WhyUnreachable(const CheckSpec& spec, const io::Url& url) {
  const HttpOptions& http = spec.http;
  using Type = ProxyOptions::Type;
  const bool has_proxy = http.proxy.type != Type::kNone;
  const bool is_one = spec.addresses == AddressPolicy::kFirst;
  if (!http.unix_socket.empty()) {
    if (http.unix_socket.front() != '/' || http.unix_socket.size() > io::kUnixPathLimit) {
      return fmt::format("unix_socket: not an absolute path of at most {} bytes",
                         io::kUnixPathLimit);
    }
    if (has_proxy) return "unix_socket beside proxy: there is one way to the target";
    if (!spec.address.empty()) return "unix_socket beside address: there is one way to the target";
    if (!is_one) return "addresses beside unix_socket, which has no address";
    if (spec.deny_private) return "deny_private beside unix_socket, which is not public";
    if (spec.family != Family::kAuto) return "family beside unix_socket, which has no address";
    return {};
  }
  if (!has_proxy) return {};
  const bool resolves_here = http.proxy.type == Type::kSocks5;
  if (!resolves_here) {
    const std::string why = ": the proxy resolves the target's name (socks5:// leaves that to us)";
    if (spec.deny_private) return "deny_private" + why;
    if (!is_one) return "addresses" + why;
    if (spec.family != Family::kAuto) return "family" + why;
    if (!spec.address.empty() && http.proxy.type == Type::kHttp) return "address" + why;
  }
  if (http.version == HttpVersion::k3) return "http 3 does not go through a proxy";
  if (http.version == HttpVersion::k2 && url.scheme == "http" && http.proxy.type == Type::kHttp) {
    return "http 2 in plain text does not go through an HTTP proxy";
  }
  return {};
}

}  // namespace gaikei
