#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "results/secret.h"
#include "results/time.h"

namespace gaikei {

/// One HTTP request to an upstream.
struct PostRequest {
  std::string method = "POST";
  std::string url;  ///< http or https
  /// In this order, beside Host and Content-Length. Those that the configuration adds (`headers`,
  /// `auth`) are the transport's own and do not stand here.
  std::vector<std::pair<std::string, Secret>> headers;
  std::string body;
  Span timeout = std::chrono::seconds(10);  ///< for all of it, names and connection too
  bool wants_http2 = false;  ///< nothing else will do (gRPC); over http with prior knowledge
};

struct PostResponse {
  int status = 0;     ///< 0: no whole answer came
  std::string error;  ///< then why, one line, escaped, without secrets
  /// Whoever is there does not speak HTTP/2, which was wanted; `error` says what it speaks. Nothing
  /// was sent that it could have understood.
  bool is_no_http2 = false;
  /// Names in lower case, as they came, trailers last.
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;         ///< decoded; at most kAnswerLimit bytes
  bool is_cut_off = false;  ///< there was more of the body than that

  /// Value of the last header or trailer of that name; empty: there is none.
  std::string_view Header(std::string_view lower_case_name) const;
};

/// Bytes of an answer's body that are kept.
inline constexpr std::size_t kAnswerLimit = std::size_t{4} << 20U;

/// The way to one upstream, with its TLS settings, proxy, credentials and standing connections. One
/// thread, that of the upstreams. Redirects are not followed.
class Transport {
 public:
  using Done = std::function<void(PostResponse)>;
  /// A request in flight. Destroying it cancels silently.
  class Call {
   public:
    virtual ~Call() = default;
  };

  virtual ~Transport() = default;
  /// `done` is called once, never inside Post(), and may destroy the call.
  virtual std::unique_ptr<Call> Post(PostRequest request, Done done) = 0;
};

/// The way to an upstream that takes datagrams (statsd). One thread likewise.
class DatagramTransport {
 public:
  struct Result {
    std::size_t sent = 0;  ///< datagrams that the network took, from the first on
    std::string error;     ///< why not all; empty: all
  };
  using Done = std::function<void(Result)>;
  virtual ~DatagramTransport() = default;
  /// `done` is called once, never inside Send(). One at a time; destroying the call cancels.
  virtual std::unique_ptr<Transport::Call> Send(std::vector<std::string> datagrams, Done done) = 0;
};

}  // namespace gaikei
