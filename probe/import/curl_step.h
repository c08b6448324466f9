#pragma once

#include <string>
#include <tl/expected.hpp>

#include "probe/import/curl_options.h"
#include "probe/import/journey_text.h"

namespace gaikei {

/// One URL of a request of curl as a step. The error is one line.
tl::expected<ImportedStep, std::string> CurlStep(const CurlRequest& request, const std::string& url,
                                                 const std::vector<ImportedStep>& others,
                                                 SecretNames& secrets);

}  // namespace gaikei
