#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "checks/check.h"
#include "checks/io/dns/resolver.h"
#include "checks/io/loop/timer.h"
#include "checks/io/net/address.h"
#include "checks/io/net/connector.h"

namespace gaikei {

/// Where to, and under which rules.
struct DialTarget {
  std::string host;  ///< a name, or a numeric address
  std::uint16_t port = 0;
  Family family = Family::kAuto;
  std::optional<io::Address> address;  ///< reach the host there instead of resolving it
  bool deny_private = false;           ///< public addresses alone: address_blocked
  bool is_cached = false;              ///< the name may come from the resolver's cache
  bool wants_https = false;            ///< HTTPS records of the name are asked for beside it
};

/// How it ended. What was learnt before a failure is there too.
struct DialResult {
  Reason reason = Reason::kNone;  ///< kNone: `fd` is a connected, non-blocking TCP socket
  std::optional<Phase> phase;     ///< that failed; absent for address_blocked
  std::string message;            ///< escaped; empty for success
  io::UniqueFd fd;
  io::Address peer;                ///< length 0: none was tried
  MonoTime connected{};            ///< we knew that it stands, or that it failed
  Phases phases;                   ///< resolve and connect, as far as reached
  ResolveEvidence resolve;         ///< means something where the resolve phase was reached
  std::vector<std::string> notes;  ///< addresses that failed before one was reached
};

/// From a name to a connection: resolve through the vantage's resolvers, then connect (RFC 8305).
/// The first two phases of whatever speaks over TCP. Loop thread only. Destroying it cancels.
/// Of AttemptContext::change it carries out address, family and resolver.
class Dial {
 public:
  /// Called at most once, never inside the constructor. It may destroy the Dial.
  using Done = std::function<void(DialResult)>;

  Dial(const AttemptContext& context, DialTarget target, Done done);
  ~Dial();
  Dial(const Dial&) = delete;
  Dial& operator=(const Dial&) = delete;

  /// Stops at the caller's deadline: reason and phase are the timeout of what was going on. While
  /// resolving it is prober_resolver_down where the region's references cannot be resolved either.
  DialResult GiveUp();

  /// HTTPS records that have come by now. They may come after the connection: whoever wants them
  /// keeps the Dial and looks when the attempt is over.
  std::vector<std::string> https() const;

 private:
  /// What this attempt does differently, applied to the question and to its answer.
  void ChangeQuestion(io::ResolveOptions& options) const;
  void ChangeAnswer(std::vector<io::Address>& addresses) const;
  void OnResolved(io::ResolveResult result);
  void Connect(std::vector<io::Address> addresses);
  void OnConnected(io::ConnectResult result);
  void Finish();

  const AttemptContext context_;
  const DialTarget target_;
  Done done_;
  MonoTime step_started_;
  std::string avoided_server_;
  std::unique_ptr<io::ResolveTicket> ticket_;
  std::unique_ptr<io::Connector> connector_;
  DialResult result_;
};

/// Writes into an observation what a dial has found: phases, peer, evidence and, where it failed,
/// the failure. Does not settle `other`.
void Keep(const DialResult& result, Observation& seen);

}  // namespace gaikei
