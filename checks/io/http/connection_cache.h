#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "checks/io/net/address.h"
#include "results/outcome.h"
#include "results/time.h"

typedef void CURLSH;

namespace gaikei::io {

class TlsPeer;

/// One connection that was left to stand, or that a transfer is using.
struct StandingConnection {
  std::string key;  ///< what it is good for: requests with the same one may use it
  /// As it was vetted when it was made; length 0: a unix socket, or a proxy alone knows.
  Address peer;
  Address proxy;  ///< where the socket leads to, if not there; length 0: there
  /// What was learnt in its handshake, and whom OpenSSL calls back; null: plain text.
  std::shared_ptr<TlsPeer> tls;

  int fd = -1;  ///< libcurl's; -1: closed
  std::string local_address;
  std::uint16_t local_port = 0;
  std::optional<TcpEvidence> last_facts;  ///< of TCP, just before it was closed
  bool is_used = true;                    ///< by a transfer, now
  MonoTime last_used{};                   ///< when a transfer left it
};

/// HTTP connections that stand between requests: of the steps of one journey run, or of the slots
/// of one check that reuses its connection. Never shared by two checks, so that neither can be
/// given what the other has left.
///
/// Loop thread only. It outlives the transfers that use it; destroying it closes what stands.
class ConnectionCache {
 public:
  /// A connection that nobody has used for so long is not used again.
  static constexpr std::chrono::seconds kIdleLimit{300};

  ConnectionCache();
  ~ConnectionCache();
  ConnectionCache(const ConnectionCache&) = delete;
  ConnectionCache& operator=(const ConnectionCache&) = delete;

  CURLSH* handle() const { return handle_; }  ///< null when memory is short
  std::size_t size() const { return standing_.size(); }

  /// What a request needs of a connection that stands.
  struct Wish {
    std::string_view key;
    const Address* peer = nullptr;  ///< null: any
    bool is_public = false;         ///< the peer's address has to be
    Span idle_limit{0};             ///< left not longer ago
  };
  /// An unused one that will do; null: none. The peer may have closed it meanwhile.
  const StandingConnection* Find(const Wish& wish) const;

  /// For the transfer: a descriptor that libcurl was just given.
  void Add(int fd, std::shared_ptr<StandingConnection> connection);
  /// For the transfer: the connection that libcurl has chosen, by its local end; null: not known.
  std::shared_ptr<StandingConnection> Chosen(std::string_view key, std::string_view local_address,
                                             int local_port) const;
  /// A close-socket callback of libcurl's, called with the cache. It may come long after the
  /// transfer that made the connection is gone, the last time inside the destructor.
  static int OnClose(void* self, int fd) noexcept;

 private:
  CURLSH* handle_;
  std::unordered_map<int, std::shared_ptr<StandingConnection>> standing_;  // by descriptor
};

}  // namespace gaikei::io
