#pragma once

#include <string>
#include <string_view>
#include <tl/expected.hpp>

#include "probe/import/journey_text.h"

namespace gaikei {

/// Adds `target` to a step, and `auth` for a user and password in the URL. A URL without a scheme
/// is of http, as curl takes it. A query with a parameter that is named like a secret makes the
/// whole URL one. The error is one line without the URL.
tl::expected<void, std::string> ImportUrl(std::string_view url, ImportedStep& step,
                                          SecretNames& secrets);

/// The URL without user, password and fragment; with "http://" where it has no scheme.
std::string BareUrl(std::string_view url);

/// `auth = { basic = { user = ..., password = ... } }`, or another scheme than "basic".
TomlValue PasswordAuth(const std::string& scheme, const std::string& user,
                       const std::string& password, const std::string& step, SecretNames& secrets);

}  // namespace gaikei
