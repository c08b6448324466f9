#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>

#include "checks/io/net/address.h"
#include "results/time.h"

namespace gaikei::io {

class Egress;
class Loop;

/// Questions to one name server: a c-ares channel with this server alone. Loop thread only.
///
/// With several servers in a channel, c-ares 1.18 says "connection refused" for SERVFAIL and
/// REFUSED, or does not try the next server when told to hand them over. Hence one channel each,
/// and the order of servers in Resolver. A channel sends once and waits a second; it falls back to
/// TCP by itself when an answer is truncated.
class NameServer {
 public:
  struct Reply {
    int status = 0;                         ///< of c-ares (ARES_*)
    int socket_errno = 0;                   ///< what the socket said last; 0 for nothing
    std::span<const std::uint8_t> message;  ///< the answer, valid during the call; may be empty
    MonoTime arrived{};                     ///< when it came, by the kernel where that is plausible
  };
  using Done = std::function<void(const Reply&)>;

  /// `egress` outlives it. A port of 0 means 53.
  NameServer(Loop& loop, const Egress& egress, const Address& address);
  /// Ends the questions in flight with ARES_EDESTRUCTION.
  ~NameServer();
  NameServer(const NameServer&) = delete;
  NameServer& operator=(const NameServer&) = delete;

  /// Asks for the records of an absolute name, in class IN. `done` is called exactly once: inside
  /// Ask() when nothing can be sent. It may ask again; it must not destroy the server.
  void Ask(const std::string& name, std::uint16_t type, Done done);

  const Address& address() const;
  /// With its port: "192.0.2.53:53", "[2001:db8::53]:53".
  const std::string& text() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace gaikei::io
