#pragma once

#include <vector>

#include "checks/spec.h"
#include "results/secret.h"

namespace gaikei {

/// The values inside a secret body that a server could send back one by one: strings of JSON,
/// fields of a form, contents of parts. Which of them was the secret is not known here, so that all
/// count. Empty for a body that is no secret.
std::vector<Secret> SecretsInBody(const HttpOptions& http);

}  // namespace gaikei
