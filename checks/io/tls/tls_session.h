#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "checks/io/tls/tls_peer.h"
#include "checks/io/tls/trust.h"

struct bio_method_st;
struct bio_st;
struct ssl_st;

namespace gaikei::io {

/// One TLS connection as a client, over a connected non-blocking socket that somebody else owns and
/// watches. Nothing here waits or calls back. Loop thread only.
class TlsSession {
 public:
  enum class Step : std::uint8_t {
    kDone,
    kWantRead,   ///< again when the socket is readable
    kWantWrite,  ///< again when it is writable
    kClosed,     ///< the peer closed: close_notify, or FIN
    kFailed,     ///< see os_errno() and peer().alert()
  };

  /// A client of `host`. Without memory its handshake fails.
  TlsSession(const std::shared_ptr<const TlsSetup>& setup, const std::string& host, int fd);
  ~TlsSession();
  TlsSession(const TlsSession&) = delete;
  TlsSession& operator=(const TlsSession&) = delete;

  Step ShakeHands();
  /// After the handshake. At most `size` bytes, at least one where kDone.
  Step Read(char* buffer, std::size_t size, std::size_t* count);
  Step Write(const char* bytes, std::size_t size, std::size_t* count);
  /// Sends close_notify where the socket takes it at once (RFC 8446, 6.1).
  void SayGoodbye();

  /// Ends the handshake for a reason of our own (prober_internal).
  void Abandon(const std::string& why);

  /// Why the handshake failed, and in plain words, escaped. REQUIRES: ShakeHands() gave kClosed or
  /// kFailed, or Abandon().
  Reason reason() const { return reason_; }
  const std::string& message() const { return message_; }

  const TlsPeer& peer() const { return peer_; }
  int os_errno() const { return socket_.error; }  ///< of the socket; 0: none

 private:
  struct Socket {
    int fd = -1;
    int error = 0;  ///< errno of what failed
  };
  static const bio_method_st* Method();
  static int OnWrite(bio_st* bio, const char* bytes, int size) noexcept;
  static int OnRead(bio_st* bio, char* buffer, int size) noexcept;
  static long OnControl(bio_st* bio, int command, long, void*) noexcept;

  bool SetUp(const TlsSetup& setup);
  Step StepOf(int result);
  void Judge(Step step);

  Socket socket_;
  TlsPeer peer_;
  ssl_st* ssl_ = nullptr;  ///< null: it could not be made
  Reason reason_ = Reason::kNone;
  std::string message_;
};

}  // namespace gaikei::io
