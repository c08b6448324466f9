#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "checks/io/net/connector.h"
#include "checks/io/tls/tls_peer.h"
#include "checks/io/tls/trust.h"
#include "results/outcome.h"

namespace gaikei::io {

class Loop;

/// A TCP connection as a stream of bytes: plain at first, TLS from Secure() on. It owns the socket.
/// Loop thread only. Destroying it closes, silently.
///
/// Whatever happens is kept here and told by one `wake`: the owner then looks at input(), end() and
/// tls().
class Stream {
 public:
  enum class End : std::uint8_t {
    kOpen,    ///< it has not ended
    kClosed,  ///< the peer closed in order (FIN or close_notify); what is in input() came before
    kReset,   ///< RST
    kFailed,  ///< another error of the socket, or of the TLS layer after its handshake
  };
  enum class Tls : std::uint8_t {
    kNone,  ///< plain text
    kHandshaking,
    kEstablished,  ///< the handshake is over, the peer verified (or not judged: insecure)
    kFailed,       ///< see tls_reason(); the stream has ended, too
  };

  /// `wake` is called when input grew, when a session ticket came, when the stream ended and when a
  /// handshake ended; never
  /// inside a call of the Stream. It may destroy the Stream. Reading begins at once and pauses
  /// while input() holds `input_limit` bytes or more.
  Stream(Loop& loop, UniqueFd socket, std::size_t input_limit, std::function<void()> wake);
  ~Stream();
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;

  /// Bytes received and not taken yet, never more than `input_limit`: the owner erases what it has
  /// understood. Ask for it anew each time: asking is what makes a paused Stream look for room.
  std::string& input();
  End end() const;
  int error() const;  ///< errno of kReset and kFailed; 0: none

  /// Queues bytes; they are sent as the peer takes them. After the end, or during a handshake, they
  /// are dropped.
  void Write(std::string_view bytes);
  bool is_flushed() const;  ///< all that was written is with the kernel

  /// Begins TLS as a client of `host`, with the ALPN of the setup; what was written before is sent
  /// first. REQUIRES: Tls::kNone. What
  /// input() holds at this moment was sent in plain text and is thrown away unread: the caller
  /// has to look first, and to treat it as an injection (CVE-2011-0411).
  void Secure(const std::shared_ptr<const TlsSetup>& setup, const std::string& host);
  Tls tls() const;
  Reason tls_reason() const;               ///< kNone unless Tls::kFailed
  const std::string& tls_message() const;  ///< escaped; empty unless Tls::kFailed
  /// What is known of the peer and the handshake, also of one that failed or is still going on;
  /// null before Secure().
  const TlsPeer* peer() const;

  /// What the kernel knows of the connection now (TCP_INFO), dialogue and response left empty.
  TcpEvidence Facts() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace gaikei::io
