#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "checks/io/http/response_head.h"
#include "checks/io/net/address.h"
#include "checks/io/net/connector.h"
#include "checks/io/net/url.h"
#include "checks/io/tls/trust.h"
#include "checks/spec.h"
#include "results/outcome.h"

namespace gaikei::io {

class ConnectionCache;
class CurlPool;
class Loop;

/// One request on a connection that already stands. What is pointed to outlives the transfer.
struct HttpRequest {
  const Url* url = nullptr;
  std::string method;  ///< upper case
  /// Fields to send, in this order.
  std::vector<std::pair<const std::string*, const Secret*>> headers;
  const Secret* body = nullptr;     ///< null: none
  const Secret* cookies = nullptr;  ///< "a=1; b=2", sent beside those of the jar; null: none
  /// The jar of this HttpTransfer is used and filled. Either all of its requests do, or none.
  bool keeps_cookies = true;
  HttpVersion version = HttpVersion::kDefault;
  const std::string* compression = nullptr;  ///< null: none asked for, nothing decoded
  const std::string* user_agent = nullptr;

  std::uint64_t body_limit = 0;   ///< decoded bytes that are read; more is too_large
  std::size_t keep_limit = 0;     ///< decoded bytes of the body that are kept
  std::size_t header_budget = 0;  ///< header bytes that this answer may have, beside its own limits

  /// Connections that may be used, and where this one is left; null: a fresh one, closed
  /// afterwards. It outlives the transfer.
  ConnectionCache* connections = nullptr;
  /// For a request that is no idempotent one and yet does no harm twice: it may use a connection
  /// that was left longer ago than 2 s, and where the peer's kernel then confirms no byte of the
  /// request for a second, the answer says `needs_connection`.
  bool trusts_standing = false;
  /// Nothing is sent over TLS unless HTTP/2 was agreed upon; the answer then says `lacks_http2`.
  bool requires_http2 = false;
  /// The same can be asked for in smaller pieces: where an answer over HTTP/2 has begun before the
  /// request was out, and then nothing moves for a second, it `is_answer_lost`.
  bool can_be_smaller = false;
  /// Connected, to a unix socket not yet (libcurl cannot be given one that is); closed by the
  /// transfer, or left in `connections`. None: only a connection of `connections` will do, and
  /// where none stands the answer says `needs_connection`.
  UniqueFd socket;
  /// The target's address; without a socket, where a connection has to lead to (length 0:
  /// anywhere). With a socket length 0 means a unix socket, or a proxy that resolves the name.
  Address peer;
  const ProxyOptions* proxy = nullptr;       ///< where the socket leads to; null: to the target
  Address proxy_address;                     ///< of the proxy; length 0 without one
  const std::string* unix_socket = nullptr;  ///< path that the socket leads to; null: none
  Family family = Family::kAuto;             ///< that was asked for, when the connection was made
  bool deny_private = false;            ///< a connection that stands must lead to a public address
  MonoTime connected;                   ///< when it was: TLS and processing count from here
  std::shared_ptr<const TlsSetup> tls;  ///< never null for https
  bool is_own_host = true;              ///< see TlsPeer
};

/// What came of it.
struct HttpAnswer {
  Reason reason = Reason::kNone;  ///< kNone: a whole answer was read
  std::optional<Phase> phase;     ///< that failed
  std::string message;            ///< escaped; empty for success and for timeouts
  std::optional<Blame> blame;     ///< of a failure; absent: that of its reason
  /// tls, processing and transfer, as far as reached; connect: what a proxy took to let us through.
  Phases phases;
  ResponseHead head;
  std::string body;             ///< what was kept
  std::uint64_t size = 0;       ///< body after decoding
  std::uint64_t wire_size = 0;  ///< body as received
  std::optional<TlsEvidence> tls;
  std::optional<TcpEvidence> tcp;  ///< of the connection when it was left
  std::vector<std::string> notes;
  /// There was no connection to use, or it was closed before any answer and the request may be
  /// sent again (RFC 9110, 9.2.2); or the queue of a unix socket is full. Nothing else is set then
  /// but what that has cost.
  bool needs_connection = false;
  /// HTTP/2: the server has answered before it had read the request, and libcurl lost the answer,
  /// or the rest of it.
  bool is_answer_lost = false;
  bool lacks_http2 = false;  ///< see HttpRequest::requires_http2; the message says what was chosen
  bool is_reused = false;    ///< the connection stood before: no tls phase
  Address peer;              ///< the target's, at the end of the connection; length 0: not known
  std::optional<ProxyEvidence> proxy;
};

/// The HTTP requests of one attempt, one after another, each on a connection that we made: a fresh
/// one, or one that stands in a ConnectionCache. They share a cookie jar and nothing else. libcurl
/// resolves, connects and redirects nothing here.
/// Loop thread only. Destroying it cancels silently.
class HttpTransfer {
 public:
  /// Called at most once a Send(), never inside it. May destroy the HttpTransfer.
  using Done = std::function<void(HttpAnswer)>;

  HttpTransfer(Loop& loop, CurlPool& pool);
  ~HttpTransfer();
  HttpTransfer(const HttpTransfer&) = delete;
  HttpTransfer& operator=(const HttpTransfer&) = delete;

  /// REQUIRES: no request in flight.
  void Send(HttpRequest request, Done done);
  /// Stops the request in flight and gives what was seen: reason and phase are the timeout of the
  /// phase that was running. `done` is not called any more.
  HttpAnswer GiveUp();
  /// Stops the request in flight, if there is one: `done` is not called any more. The cookies stay.
  void Cancel();
  /// A cookie of the jar that would be sent to `url`; absent: there is none. Also while the answer
  /// is being told.
  std::optional<Secret> Cookie(std::string_view name, const Url& url) const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace gaikei::io
