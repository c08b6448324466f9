#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "checks/io/http/connection_cache.h"
#include "checks/io/loop/unique_fd.h"
#include "results/outcome.h"
#include "results/time.h"

typedef void CURL;

namespace gaikei::io {

struct HttpRequest;

/// True for methods whose requests may be sent again when nothing came back (RFC 9110, 9.2.2).
bool IsIdempotent(std::string_view method);

/// The connection of one transfer after another: a descriptor that we made and that libcurl is
/// given, or one that stands in a cache. Belongs to the transfer, as its TlsPeer does as long as
/// the connection is in no cache. Loop thread only.
class TransferConnection {
 public:
  TransferConnection() = default;
  /// REQUIRES: libcurl has been made to forget the handle it was applied to.
  ~TransferConnection() = default;
  TransferConnection(const TransferConnection&) = delete;
  TransferConnection& operator=(const TransferConnection&) = delete;

  /// For the request that comes next. Takes its socket; where it has none, `peer` becomes that of
  /// the connection to be used. False: no connection stands that it could use.
  bool Take(HttpRequest& request);
  /// Sets the callbacks and options of `easy` that are about the connection.
  void Apply(CURL* easy);
  /// libcurl is about to write the request, on the connection with this local end. False: it must
  /// not, for nobody has looked at the peer, or for it was sent before and may not be sent twice.
  bool Use(const char* local_address, int local_port);
  /// What the kernel knows of the connection now, or knew when it was closed; absent: nothing.
  std::optional<TcpEvidence> Facts() const;
  /// The transfer is over. Twice is harmless.
  void Leave();

  TlsPeer* tls() const { return tls_.get(); }  ///< null: plain text, or no connection was used yet
  const Address& peer() const { return peer_; }
  const std::optional<MonoTime>& taken() const { return taken_; }  ///< libcurl took the socket
  /// libcurl wanted a further connection than the one there was.
  bool wanted_another() const { return wanted_another_; }
  /// A unix socket is not connected yet.
  bool is_arriving() const { return is_unix_ && has_given_ && !arrived_; }
  const std::optional<MonoTime>& arrived() const { return arrived_; }  ///< unix socket: connected
  void MarkQueueFull() { is_queue_full_ = taken_ && is_arriving(); }
  bool is_queue_full() const { return is_queue_full_; }  ///< of the unix socket
  /// Whether a CURLcode means an HTTP/2 session that libcurl's own library broke off: libcurl does
  /// not say what was wrong, and not even that something was.
  bool IsBrokenHttp2(int code, long os_errno) const;
  bool stood_before() const { return !has_given_; }  ///< the request brought no socket
  /// The request was written, or almost, on some connection.
  bool was_used() const { return is_used_; }
  /// It stood before, and nothing of the request has arrived at the other end: a router on the way
  /// may have forgotten the connection.
  bool SeemsDead() const;
  /// It stood before, and the peer's kernel has confirmed no byte of the request: where that goes
  /// on for longer than a kernel delays it, nobody can have acted upon it. Only looked at where the
  /// request trusts what stands.
  bool NothingArrived() const;
  bool is_idempotent() const { return is_idempotent_; }
  bool trusts_standing() const { return trusts_standing_; }

  // What libcurl's callbacks call.
  int Open() noexcept;  ///< the descriptor to use; -1: there is none
  /// libcurl has it. True: it is connected already.
  bool MarkTaken() noexcept;
  /// A connection that libcurl had to make stands, it thinks. False: it does not.
  bool Arrive() noexcept;
  int Close(int fd) noexcept;

 private:
  ConnectionCache* cache_ = nullptr;  ///< null: a connection of its own, closed afterwards
  Span idle_limit_{0};
  bool is_idempotent_ = false;
  bool trusts_standing_ = false;
  std::optional<std::uint64_t> confirmed_before_;  ///< bytes, before the request was written
  bool has_given_ = false;                         ///< the request brought a socket
  UniqueFd socket_;                                ///< until libcurl takes it
  int fd_ = -1;                                    ///< libcurl's, while it is in no cache
  std::string key_;
  Address peer_;
  Address proxy_;
  std::shared_ptr<TlsPeer> tls_;
  bool needs_tls_ = false;
  bool is_clear_http2_ = false;                   ///< HTTP/2 in plain text, with prior knowledge
  std::shared_ptr<StandingConnection> standing_;  ///< in the cache; null: none was used
  bool is_unix_ = false;
  bool is_queue_full_ = false;
  std::optional<MonoTime> arrived_;
  std::optional<MonoTime> taken_;
  bool is_used_ = false;
  bool wanted_another_ = false;
  bool peer_has_closed_ = false;           ///< in good order, when libcurl did
  std::optional<TcpEvidence> last_facts_;  ///< just before it was closed
};

}  // namespace gaikei::io
