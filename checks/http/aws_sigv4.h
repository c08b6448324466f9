#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "checks/spec.h"
#include "results/secret.h"
#include "results/time.h"

namespace gaikei {

/// A request as it will be sent.
struct AwsRequest {
  std::string_view method;
  std::string_view path;   ///< percent-encoded as it is sent; begins with a slash
  std::string_view query;  ///< without its question mark, likewise; empty: none
  std::string_view host;   ///< value of the Host field, with the port where one is sent
  /// Fields that are sent besides. Content-Type and X-Amz-* are signed, the others may be changed
  /// by a proxy.
  std::vector<std::pair<std::string_view, std::string_view>> headers;
  std::string_view body;
  WallTime now;
};

/// AWS Signature Version 4 in the Authorization field. Gives the fields to send with the request:
/// X-Amz-Date, X-Amz-Security-Token where there is a session token, X-Amz-Content-Sha256 for
/// service "s3", and Authorization. Pure.
///
/// A `+` in a query counts as a space. The path is encoded a second time, and empty segments are
/// left out, for every service but s3.
std::vector<std::pair<std::string, Secret>> SignForAws(const HttpAuth& auth,
                                                       const AwsRequest& request);

}  // namespace gaikei
