#include "probe/config/secrets.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <string.h>  // explicit_bzero
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <tl/expected.hpp>

#include "probe/config/reader.h"

namespace gaikei {
namespace {

class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int get() const { return fd_; }

 private:
  int fd_;
};

/// systemd opens its credentials to the service's user by an access list, whose mask is shown where
/// the group's permissions stand.
bool IsCredential(const std::string& path) {
  const char* directory = std::getenv("CREDENTIALS_DIRECTORY");
  if (directory == nullptr || *directory == '\0') return false;
  return path.starts_with(std::string(directory) + "/") && path.find("/../") == std::string::npos;
}

/// Empty for a file that nobody else may read or change.
std::string WhyNotPrivate(const struct stat& info, const std::string& path) {
  if (info.st_uid != ::geteuid() && info.st_uid != 0) {
    return fmt::format("belongs to user {}, not to us or root", info.st_uid);
  }
  const unsigned mode = info.st_mode & 07777U;
  const unsigned forbidden = IsCredential(path) ? 07337U : 07177U;
  if ((mode & forbidden) != 0) {
    return fmt::format("has mode {:04o}: others may read or change it; chmod 600 it", mode);
  }
  return {};
}

/// All bytes of a regular file. `is_private`: nobody else may read or change it.
tl::expected<std::string, std::string> ReadFile(const std::string& path, std::size_t limit,
                                                bool is_private) {
  // O_NONBLOCK: a pipe must not hold the program up before it is refused.
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  struct stat info {};
  if (file.get() < 0 || ::fstat(file.get(), &info) != 0) {
    return tl::unexpected("cannot be read: " + ErrnoText(errno));
  }
  if (!S_ISREG(info.st_mode)) return tl::unexpected(std::string("is no regular file"));
  if (is_private) {
    if (std::string why = WhyNotPrivate(info, path); !why.empty()) return tl::unexpected(why);
  }
  if (static_cast<std::size_t>(info.st_size) > limit) {
    return tl::unexpected(
        fmt::format("is larger than {}", limit == kSecretLimit ? "64 KiB" : "64 MiB"));
  }
  std::string text(static_cast<std::size_t>(info.st_size), '\0');
  std::size_t size = 0;
  while (size < text.size()) {
    const ssize_t n = ::read(file.get(), text.data() + size, text.size() - size);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return tl::unexpected("cannot be read: " + ErrnoText(errno));
    if (n == 0) break;
    size += static_cast<std::size_t>(n);
  }
  text.resize(size);
  return text;
}

tl::expected<Secret, std::string> ReadSecretFile(const std::string& path) {
  auto text = ReadFile(path, kSecretLimit, true);
  if (!text) return tl::unexpected(std::move(text.error()));
  std::size_t kept = text->size();
  if (kept > 0 && (*text)[kept - 1] == '\n') --kept;
  if (kept > 0 && (*text)[kept - 1] == '\r') --kept;
  Secret secret(text->substr(0, kept));
  ::explicit_bzero(text->data(), text->size());
  if (secret.empty()) return tl::unexpected(std::string("is empty"));
  return secret;
}

/// `{ env }` or `{ file }`; `read` gives what is in a file.
std::optional<Secret> Fetch(const Node& node, ErrorList& errors,
                            tl::expected<Secret, std::string> (*read)(const std::string& path)) {
  TableReader reader(node, errors);
  const auto env = reader.Line("env");
  const auto file = reader.Line("file");
  reader.Done();
  if (node.children.size() > 1) {
    errors.Add(node.position, "a secret is { env = \"NAME\" } or { file = \"PATH\" }, not both");
    return std::nullopt;
  }
  if (env) {
    const char* value = std::getenv(env->c_str());
    if (value == nullptr || *value == '\0') {
      errors.Add(node.position, fmt::format("environment variable {} is {}", Quoted(*env),
                                            value == nullptr ? "not set" : "empty"));
      return std::nullopt;
    }
    return Secret(value);
  }
  if (file) {
    auto secret = read(*file);
    if (secret) return std::move(*secret);
    errors.Add(node.position, fmt::format("secret file {} {}", Quoted(*file), secret.error()));
  }
  return std::nullopt;
}

}  // namespace

bool IsSecretReference(const Node& node) {
  if (node.kind != NodeKind::kTable || node.children.empty()) return false;
  for (const Node& child : node.children) {
    if (child.key != "env" && child.key != "file") return false;
  }
  return true;
}

std::optional<Secret> FetchSecret(const Node& node, ErrorList& errors) {
  return Fetch(node, errors, &ReadSecretFile);
}

std::optional<Secret> FetchSecretBytes(const Node& node, ErrorList& errors) {
  return Fetch(node, errors, [](const std::string& path) -> tl::expected<Secret, std::string> {
    auto bytes = ReadFile(path, kBodyLimit, true);
    if (!bytes) return tl::unexpected(std::move(bytes.error()));
    return Secret(std::move(*bytes));
  });
}

tl::expected<std::string, std::string> ReadBodyFile(const std::string& path) {
  return ReadFile(path, kBodyLimit, false);
}

std::optional<Secret> TextOrSecret(const Node& node, ErrorList& errors) {
  if (node.kind == NodeKind::kString) return Secret(node.text, false);
  if (IsSecretReference(node)) return FetchSecret(node, errors);
  errors.Add(
      node.position,
      fmt::format("expected a string, {{ env = \"NAME\" }} or {{ file = \"PATH\" }}, found {}",
                  WithArticle(node.kind)));
  return std::nullopt;
}

}  // namespace gaikei
