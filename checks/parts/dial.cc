#include "checks/parts/dial.h"

#include <fmt/core.h>

#include <utility>

#include "checks/io/engine.h"
#include "checks/io/net/errors.h"
#include "results/text.h"

namespace gaikei {
namespace {

constexpr std::size_t kShownAddresses = 16;

/// The name server that the failed attempt went by: the one that answered, else the first.
std::string ServerOf(const AttemptContext& context) {
  const Observation& failed = *context.failed;
  if (failed.resolve && !failed.resolve->server.empty()) return failed.resolve->server;
  return context.engine.ResolverFor(context.region).Servers().front().TextWithPort();
}

}  // namespace

Dial::Dial(const AttemptContext& context, DialTarget target, Done done)
    : context_(context),
      target_(std::move(target)),
      done_(std::move(done)),
      step_started_(MonoNow()) {
  if (context_.failed != nullptr && context_.change == Change::kResolver) {
    avoided_server_ = ServerOf(context_);
  }
  std::optional<io::Address> known = target_.address;
  if (!known) {
    known = io::Address::Parse(target_.host, target_.port);
    if (known && target_.family != Family::kAuto && known->family() != target_.family) {
      known.reset();  // the resolver says so
    }
  }
  if (known) {
    Connect({known->WithPort(target_.port)});
    return;
  }
  io::ResolveOptions options;
  options.family = target_.family;
  options.is_cached = target_.is_cached;
  options.wants_https = target_.wants_https;
  ChangeQuestion(options);
  ticket_ = context_.engine.ResolverFor(context_.region)
                .Resolve(target_.host, options,
                         [this](io::ResolveResult result) { OnResolved(std::move(result)); });
}

Dial::~Dial() = default;

void Dial::ChangeQuestion(io::ResolveOptions& options) const {
  if (context_.failed == nullptr) return;
  const Observation& failed = *context_.failed;
  if (context_.change == Change::kFamily && options.family == Family::kAuto) {
    options.family = failed.family == Family::kIpv6 ? Family::kIpv4 : Family::kIpv6;
  } else if (context_.change == Change::kResolver) {
    options.last_server = avoided_server_;
  }
}

void Dial::ChangeAnswer(std::vector<io::Address>& addresses) const {
  if (context_.failed == nullptr || context_.change != Change::kAddress) return;
  std::vector<io::Address> others;
  for (const io::Address& address : addresses) {
    if (address.family() == context_.failed->family && address.Text() != context_.failed->address) {
      others.push_back(address);
    }
  }
  if (!others.empty()) addresses = std::move(others);
}

void Dial::OnResolved(io::ResolveResult result) {
  result_.phases.Add(Phase::kResolve, result.known - step_started_);
  result_.resolve = std::move(result.evidence);
  if (result.reason != Reason::kNone) {
    result_.reason = result.reason;
    result_.phase = Phase::kResolve;
    result_.message = std::move(result.message);
    return Finish();
  }
  for (const io::Address& address : result.addresses) {
    if (result_.resolve.addresses.size() == kShownAddresses) break;
    result_.resolve.addresses.push_back(address.Text());
  }
  ChangeAnswer(result.addresses);
  for (io::Address& address : result.addresses) address = address.WithPort(target_.port);
  Connect(std::move(result.addresses));
}

void Dial::Connect(std::vector<io::Address> addresses) {
  step_started_ = MonoNow();
  io::ConnectOptions options;
  options.deny_private = target_.deny_private;
  connector_ = std::make_unique<io::Connector>(
      context_.engine.loop(), context_.region, std::move(addresses), options,
      [this](io::ConnectResult result) { OnConnected(std::move(result)); });
}

void Dial::OnConnected(io::ConnectResult result) {
  result_.peer = result.address;
  result_.notes = std::move(result.notes);
  result_.reason = result.reason;
  result_.message = std::move(result.message);
  result_.connected = result.connected;
  // Refused by policy before anything was sent: there was no connect phase.
  if (result.reason != Reason::kAddressBlocked) {
    result_.phases.Add(Phase::kConnect, result.established - result.started);
    if (result.reason != Reason::kNone) result_.phase = Phase::kConnect;
  }
  result_.fd = std::move(result.fd);
  result_.resolve.https = https();
  Finish();
}

void Dial::Finish() {
  if (!target_.wants_https) ticket_.reset();
  const Done done = std::move(done_);
  DialResult result = std::move(result_);
  done(std::move(result));
}

DialResult Dial::GiveUp() {
  const MonoTime now = MonoNow();
  const std::string after = "timeout after " + FormatDuration(context_.timeout);
  if (connector_ == nullptr) {
    io::ResolveResult resolved = ticket_->GiveUp();
    result_.phases.Add(Phase::kResolve, now - step_started_);
    result_.resolve = std::move(resolved.evidence);
    result_.phase = Phase::kResolve;
    result_.reason = resolved.reason;
    const bool is_timeout = resolved.reason == Reason::kDnsTimeout;
    result_.message =
        is_timeout ? fmt::format("{}: {}", after, resolved.message) : std::move(resolved.message);
  } else {
    const MonoTime from = connector_->started();
    result_.peer = connector_->current();
    result_.phases.Add(Phase::kConnect, now - (from < step_started_ ? step_started_ : from));
    result_.phase = Phase::kConnect;
    result_.message = fmt::format(
        "{}: no connection to {} port {}", after,
        result_.peer.length == 0 ? Escape(target_.host) : result_.peer.Text(), target_.port);
    connector_.reset();
    result_.reason = io::TimeoutReason(Phase::kConnect);
    result_.resolve.https = https();
  }
  return std::move(result_);
}

std::vector<std::string> Dial::https() const {
  return ticket_ == nullptr ? std::vector<std::string>() : ticket_->https();
}

void Keep(const DialResult& result, Observation& seen) {
  seen.phases.Add(result.phases);
  if (result.peer.length != 0) {
    seen.address = result.peer.Text();
    seen.port = result.peer.port();
    seen.family = result.peer.family();
  }
  if (result.phases[Phase::kResolve]) seen.resolve = result.resolve;
  seen.notes.insert(seen.notes.end(), result.notes.begin(), result.notes.end());
  if (result.reason != Reason::kNone) seen.Fail(result.reason, result.phase, result.message);
}

}  // namespace gaikei
