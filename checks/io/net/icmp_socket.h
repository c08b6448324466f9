#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <tl/expected.hpp>

#include "checks/io/net/address.h"
#include "regions/region.h"
#include "results/reason.h"
#include "results/time.h"

namespace gaikei::io {

/// How echo requests leave.
struct IcmpSettings {
  unsigned ttl = 0;            ///< IPv4 time to live, IPv6 hop limit; 0: the kernel's default
  bool dont_fragment = false;  ///< no router, nor this kernel, may fragment a request
};

/// Why there is no socket, or why a request did not leave.
struct IcmpFailure {
  Reason reason = Reason::kNone;
  std::string message;
  bool is_permission = false;  ///< this process may not use ICMP: the message names the remedies
  bool is_too_large = false;   ///< the request does not fit this machine's own interface
};

/// Something that came back. `sequence` is the request's.
struct IcmpArrival {
  std::uint16_t sequence = 0;
  MonoTime at{};  ///< stamped by the kernel where that is plausible, else when it was read
  std::optional<unsigned> ttl;  ///< of the reply's IP header, where the kernel tells
  std::string error;            ///< an ICMP error came instead: "host unreachable from 192.0.2.1"
  bool is_cut = false;          ///< the reply brings back less than was sent
};

/// A non-blocking socket for echo requests to one peer, by ICMP datagrams where
/// net.ipv4.ping_group_range allows them, else raw where the process has CAP_NET_RAW. Loop thread
/// only; watch fd() for reading.
///
/// Every request carries random bytes (as far as its size has room for them); a reply without them,
/// from elsewhere or with another id is no reply, and is counted.
class IcmpSocket {
 public:
  static tl::expected<std::unique_ptr<IcmpSocket>, IcmpFailure> Open(const Region& region,
                                                                     const Address& peer,
                                                                     const IcmpSettings& settings);
  /// Whether this process may open such a socket: absent, or the error that names both remedies.
  static std::optional<std::string> WhyForbidden();

  ~IcmpSocket();
  IcmpSocket(const IcmpSocket&) = delete;
  IcmpSocket& operator=(const IcmpSocket&) = delete;

  int fd() const;
  bool is_raw() const;
  unsigned ignored() const;  ///< what came and was not meant for us

  /// Sends a request of `size` bytes of payload. `sent` is when it was handed to the kernel.
  std::optional<IcmpFailure> Send(std::uint16_t sequence, std::size_t size, MonoTime* sent);
  /// The next thing that came; absent when there is nothing more for now.
  std::optional<IcmpArrival> Receive();

 private:
  struct Impl;
  explicit IcmpSocket(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace gaikei::io
