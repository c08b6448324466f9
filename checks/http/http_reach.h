#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "checks/check.h"
#include "checks/io/net/url.h"
#include "checks/parts/dial.h"
#include "checks/spec.h"

namespace gaikei {

struct HttpPlan;

/// A connection on which an HTTP request can be sent, or a unix socket that the transfer connects.
struct ReachResult {
  /// Its peer is the target, wherever the socket leads; length 0: only the proxy knows, or it is a
  /// unix socket.
  DialResult dial;
  io::Address proxy;           ///< that was reached or tried; length 0: none
  std::optional<Blame> blame;  ///< of a failure; absent: that of its reason
};

/// The way to the server of one HTTP request: straight (Dial), through the plan's proxy, or to its
/// unix socket. A proxy is asked for nothing yet: that is the transfer's part. With SOCKS 5 that
/// leaves names to us the target's name is resolved here, too, before the proxy is dialled; both
/// are in the resolve phase. Loop thread only. Destroying it cancels.
///
/// A proxy that cannot be reached is this prober's own way out: prober_network_down.
class HttpReach {
 public:
  using Done = std::function<void(ReachResult)>;

  /// `plan` outlives it. `is_own_host`: the request goes to the plan's own host, so that its unix
  /// socket is meant. `done` is called at most once, never inside the constructor, and may destroy
  /// this.
  HttpReach(const AttemptContext& context, const HttpPlan& plan, DialTarget target,
            bool is_own_host, Done done);
  ~HttpReach();
  HttpReach(const HttpReach&) = delete;
  HttpReach& operator=(const HttpReach&) = delete;

  /// As Dial::GiveUp().
  ReachResult GiveUp();
  /// As Dial::https().
  std::vector<std::string> https() const;

 private:
  void ResolveTarget();
  void OnResolved(io::ResolveResult result);
  void DialProxy();
  void OnDialled(DialResult result);
  void OpenUnix();
  ReachResult OfProxy(DialResult result);
  void FailBlocked();
  void Finish(ReachResult result);

  const AttemptContext context_;
  const HttpPlan& plan_;
  const DialTarget target_;
  Done done_;
  MonoTime started_;
  io::Timer deferred_;
  std::unique_ptr<io::ResolveTicket> ticket_;  ///< of the target's name, behind a proxy
  std::optional<io::Address> target_address_;  ///< for the proxy; absent: it is told the name
  std::optional<ResolveEvidence> resolved_;    ///< the target's name
  Phases resolving_;
  std::unique_ptr<Dial> dial_;
};

/// Why a check cannot be made as its proxy, unix socket and addresses have it; empty: it can.
std::string WhyUnreachable(const CheckSpec& spec, const io::Url& url);

}  // namespace gaikei
