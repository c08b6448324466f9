#include "tests/support/token_endpoint.h"

#include <utility>

namespace gaikei::support {
namespace {

// client:canary-client-secret
constexpr const char* kClientCredentials = "Basic Y2xpZW50OmNhbmFyeS1jbGllbnQtc2VjcmV0";
constexpr const char* kCredentialsInBody = "&client_id=client&client_secret=canary-client-secret";

bool IsKnown(const HttpRequest& request) {
  return request.method == "POST" && request.body.starts_with("grant_type=client_credentials") &&
         (request.Header("Authorization") == kClientCredentials ||
          request.body.find(kCredentialsInBody) != std::string::npos);
}

std::string Json(int status, std::string body) {
  return FormatHttpResponse({.status = status,
                             .headers = {{"Content-Type", "application/json"}},
                             .body = std::move(body)},
                            false);
}

}  // namespace

TokenEndpoint::TokenEndpoint(Mood mood, std::string expires_in)
    : mood_(mood),
      expires_in_(std::move(expires_in)),
      server_([this](Connection& connection) { Serve(connection); }) {}

std::vector<HttpRequest> TokenEndpoint::Requests() const {
  const std::lock_guard lock(mutex_);
  return requests_;
}

void TokenEndpoint::Serve(Connection& connection) {
  while (auto request = ReadHttpRequest(connection)) {
    {
      const std::lock_guard lock(mutex_);
      requests_.push_back(*request);
    }
    const Mood mood = mood_;
    if (mood == Mood::kHangs) return connection.WaitUntilClosed();
    if (!connection.Write(Answer(*request, mood))) return;
  }
}

std::string TokenEndpoint::Answer(const HttpRequest& request, Mood mood) {
  switch (mood) {
    case Mood::kBroken:
      return Json(503, "{}");
    case Mood::kEndless:
      return Json(200, "{\"access_token\":\"" + std::string(std::size_t{1} << 20U, 'a') + "\"}");
    case Mood::kDeep:
      return Json(200, std::string(60000, '['));
    case Mood::kNoToken:
      return Json(200, "{\"token_type\":\"Bearer\"}");
    case Mood::kStranger:
      return Json(200, "{\"access_token\":\"x\",\"token_type\":\"mac\"}");
    case Mood::kWell:
      if (IsKnown(request)) break;
      [[fallthrough]];
    case Mood::kHangs:
    case Mood::kRefuses:
      return Json(401, R"({"error":"invalid_client","error_description":"canary-client-secret"})");
  }
  const int number = ++given_;
  std::string body =
      "{\"access_token\":\"canary-token-" + std::to_string(number) + "\",\"token_type\":\"bearer\"";
  if (!expires_in_.empty()) body += ",\"expires_in\":" + expires_in_;
  return Json(200, body + "}");
}

}  // namespace gaikei::support
