#pragma once

#include <atomic>
#include <cstddef>
#include <mutex>
#include <string>
#include <vector>

#include "tests/support/http_server.h"

namespace gaikei::support {

/// An OAuth 2 token endpoint (RFC 6749, 4.4): gives tokens "canary-token-1", "canary-token-2" ...
/// to the client "client" with the secret "canary-client-secret" and counts who asks. Any thread.
class TokenEndpoint {
 public:
  enum class Mood {
    kWell,
    kRefuses,   ///< 401 invalid_client, whoever asks
    kBroken,    ///< 503
    kHangs,     ///< never answers
    kEndless,   ///< 200 and more than anybody reads
    kDeep,      ///< 200 and JSON that is nested without end
    kNoToken,   ///< 200 and JSON without a token
    kStranger,  ///< 200 and a token of another type
  };
  explicit TokenEndpoint(Mood mood = Mood::kWell, std::string expires_in = "3600");

  std::string Url() const { return "http://" + server_.Authority() + "/token"; }
  std::string Authority() const { return server_.Authority(); }
  void Become(Mood mood) { mood_ = mood; }
  std::size_t fetches() const { return Requests().size(); }
  std::vector<HttpRequest> Requests() const;

 private:
  void Serve(Connection& connection);
  std::string Answer(const HttpRequest& request, Mood mood);

  std::atomic<Mood> mood_;
  const std::string expires_in_;  ///< as it stands in the JSON; empty: left out
  std::atomic<int> given_{0};
  mutable std::mutex mutex_;
  std::vector<HttpRequest> requests_;
  TcpServer server_;  ///< last: its threads use the rest
};

}  // namespace gaikei::support
