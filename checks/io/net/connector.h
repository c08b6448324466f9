#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "checks/io/loop/unique_fd.h"
#include "checks/io/net/address.h"
#include "regions/region.h"
#include "results/reason.h"
#include "results/time.h"

namespace gaikei::io {

class Loop;

struct ConnectResult {
  Reason reason = Reason::kNone;  ///< kNone: `fd` is a connected, non-blocking TCP socket
  std::string message;            ///< in plain words; empty for success
  UniqueFd fd;
  Address address;     ///< the peer, or the one whose failure is reported (the first that failed)
  MonoTime started{};  ///< first SYN
  /// The handshake finished, as the kernel measured it (TCP_INFO); where it did not, `connected`.
  MonoTime established{};
  MonoTime connected{};  ///< we got to know of it, or of the failure: what comes next begins here
  std::vector<std::string> notes;  ///< addresses that failed before one was reached
};

struct ConnectOptions {
  bool deny_private = false;  ///< refuse every address that is not public: address_blocked
};

/// A TCP connection in the making: RFC 8305 over the addresses in their order (250 ms apart, at
/// once when one fails), from the region's source address and interface. Loop thread only.
///
/// Destroying it cancels and closes. Addresses that the policy forbids are left out on the socket
/// address itself, just before connect(); when none is left, address_blocked.
/// The deadline is the caller's: current() tells what is being tried when it strikes.
class Connector {
 public:
  using Done = std::function<void(ConnectResult)>;
  /// `done` is called at most once, never inside the constructor. It may destroy the Connector.
  Connector(Loop& loop, const Region& region, std::vector<Address> addresses,
            ConnectOptions options, Done done);
  ~Connector();
  Connector(const Connector&) = delete;
  Connector& operator=(const Connector&) = delete;

  /// The address tried last, and when the first SYN was sent.
  const Address& current() const;
  MonoTime started() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace gaikei::io
