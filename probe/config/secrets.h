#pragma once

#include <optional>
#include <string>
#include <tl/expected.hpp>

#include "probe/config/document.h"
#include "probe/config/errors.h"
#include "results/secret.h"

namespace gaikei {

/// Longest secret that is read from a file.
inline constexpr std::size_t kSecretLimit = std::size_t{64} * 1024;

/// Longest body of a request, and longest file that goes into one.
inline constexpr std::size_t kBodyLimit = std::size_t{64} * 1024 * 1024;

/// True for a table that stands for a secret: `{ env = "NAME" }` or `{ file = "PATH" }`.
bool IsSecretReference(const Node& node);

/// Fetches a secret now. The environment variable must be set and not empty. The file must be a
/// regular one of at most 64 KiB, owned by us or root and of mode 0600 or stricter (in systemd's
/// $CREDENTIALS_DIRECTORY also 0440); its trailing newline is left away. No message ever holds the
/// value. REQUIRES: IsSecretReference(node).
std::optional<Secret> FetchSecret(const Node& node, ErrorList& errors);

/// As FetchSecret(), but a file is taken byte for byte, may be empty, and may have kBodyLimit.
std::optional<Secret> FetchSecretBytes(const Node& node, ErrorList& errors);

/// All bytes of a regular file that is no secret, at most kBodyLimit. The error goes on where the
/// file was named ("cannot be read: ...").
tl::expected<std::string, std::string> ReadBodyFile(const std::string& path);

/// A string, or a reference to a secret.
std::optional<Secret> TextOrSecret(const Node& node, ErrorList& errors);

}  // namespace gaikei
