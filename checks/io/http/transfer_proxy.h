#pragma once

#include <cstddef>
#include <optional>

#include "checks/io/http/proxy_errors.h"
#include "checks/io/net/address.h"
#include "results/outcome.h"
#include "results/time.h"

struct curl_slist;
typedef void CURL;

namespace gaikei::io {

struct HttpRequest;

/// The proxy's name in outcomes: "http", "socks5", "socks5h"; empty for kNone.
std::string_view Name(ProxyOptions::Type type);

/// The proxy of one transfer after another, from the connection to it until it lets the request
/// through. Loop thread only.
class TransferProxy {
 public:
  TransferProxy() = default;
  /// REQUIRES: the handle it was applied to is not in use any more.
  ~TransferProxy();
  TransferProxy(const TransferProxy&) = delete;
  TransferProxy& operator=(const TransferProxy&) = delete;

  /// What is read of a proxy, at most, before it lets us through.
  static constexpr std::size_t kBytesLimit = 64 * 1024;

  /// For the request that comes next, which outlives its transfer.
  void Take(const HttpRequest& request);
  /// Sets callback and options of `easy` that are about the proxy, or that there is none. False
  /// when memory is short.
  bool Apply(CURL* easy);
  /// The tunnel stands: what follows is between us and the target.
  void MarkThrough();

  bool is_used() const { return options_ != nullptr; }
  /// We and the proxy are still talking of where to go.
  bool is_negotiating() const { return has_tunnel_ && !through_; }
  /// When it let us through; absent: not, or it did not have to.
  const std::optional<MonoTime>& through() const { return through_; }
  bool is_too_large() const { return bytes_ > kBytesLimit; }

  /// What there is to say of it. `since`: connected to it.
  std::optional<ProxyEvidence> Evidence(CURL* easy, MonoTime since, bool is_reused,
                                        MonoTime end) const;
  /// Why it did not let us through.
  ProxyFailure Judge(CURL* easy, std::string_view text) const;
  /// Why it did not before the deadline.
  ProxyFailure Late() const;
  /// True for an answer that is the proxy's own and not the target's.
  bool IsOwnRefusal(int status) const;
  ProxyFailure OwnRefusal() const;

  /// For libcurl's callback, called for each byte that is read of the proxy. False: enough.
  bool CountByte() noexcept;

 private:
  const ProxyOptions* options_ = nullptr;  ///< null: no proxy
  std::string address_;                    ///< numeric, with its port
  std::string url_;                        ///< as libcurl takes it
  bool has_tunnel_ = false;                ///< it has to be told where to go before the request
  curl_slist* headers_ = nullptr;
  std::optional<MonoTime> through_;
  std::size_t bytes_ = 0;  ///< about as many, read before it let us through
};

}  // namespace gaikei::io
