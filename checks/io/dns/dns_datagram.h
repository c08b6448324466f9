#pragma once

#include <functional>
#include <memory>
#include <string>

#include "checks/io/dns/dns_query.h"
#include "checks/io/net/address.h"
#include "regions/region.h"
#include "results/reason.h"
#include "results/time.h"

namespace gaikei::io {

class Loop;

/// One question to one server by UDP, sent once, on a socket of its own that the kernel lets nobody
/// else's datagrams into. What comes and is no answer to it (io::IsAcceptableAnswer) is ignored
/// and counted. Loop thread only. Destroying it cancels.
///
/// It is not c-ares that asks: a channel tells neither the errno of its socket nor what it ignored,
/// and one channel for all would share sockets and hold late answers against the next question.
class DnsDatagram {
 public:
  struct Result {
    Reason reason = Reason::kNone;  ///< kNone: `bytes` is an answer, right or wrong inside
    std::string message = {};       ///< escaped; empty for an answer
    std::string bytes = {};
    MonoTime sent{};  ///< just before the question was handed to the kernel
    /// When the answer came: as the kernel saw it where that is plausible (ArrivalOf()), else when
    /// it was read. Both are set for an answer alone.
    MonoTime arrived{};
  };
  /// Called at most once, never inside the constructor. It may destroy the DnsDatagram.
  using Done = std::function<void(Result)>;

  /// With `deny_private` an address that is not public is address_blocked, before anything is sent.
  DnsDatagram(Loop& loop, const Region& region, const Address& server, DnsWireQuery query,
              bool deny_private, Done done);
  ~DnsDatagram();
  DnsDatagram(const DnsDatagram&) = delete;
  DnsDatagram& operator=(const DnsDatagram&) = delete;

  unsigned ignored() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace gaikei::io
