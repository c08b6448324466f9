#pragma once

#include <optional>
#include <span>
#include <string>
#include <tl/expected.hpp>
#include <utility>
#include <vector>

#include "probe/import/toml_writer.h"

namespace gaikei {

/// One part of a multipart form.
struct CurlPart {
  std::string name;
  std::string text;
  std::string type;  ///< empty: none
};

/// One request of a curl command line: what stands between `curl` or --next and the next --next.
struct CurlRequest {
  std::vector<std::string> urls;
  std::string method;                ///< -X; empty: what follows from the rest
  std::vector<std::string> headers;  ///< "Name: value", as they were given
  std::string data;                  ///< of all -d and their like, joined
  bool has_data = false;
  bool is_json = false;                                 ///< --json
  std::vector<CurlPart> parts;                          ///< -F
  bool uses_get = false;                                ///< -G: the data go into the query
  bool is_head = false;                                 ///< -I
  bool follows = false;                                 ///< -L
  bool fails = false;                                   ///< -f
  bool globs = true;                                    ///< -g is not given
  std::string auth = "basic";                           ///< the scheme that -u goes with
  std::optional<std::string> user;                      ///< -u, with its password
  std::string bearer;                                   ///< --oauth2-bearer
  std::string cookies;                                  ///< -b, joined with ";"
  std::string proxy;                                    ///< -x, as it was given
  std::string proxy_user;                               ///< -U
  std::vector<std::string> resolve;                     ///< --resolve
  std::vector<std::string> connect_to;                  ///< --connect-to
  std::vector<std::pair<std::string, TomlValue>> keys;  ///< what has a key of the same meaning
  std::vector<std::string> comments;                    ///< what has none, and does no harm
};

/// Reads the words behind `curl`. Options that only say what is done with the answer (-o, -s, -v
/// ...) are passed over; an unknown one is an error that names it, as is one that a step cannot
/// do.
tl::expected<std::vector<CurlRequest>, std::string> ReadCurlOptions(
    std::span<const std::string> words);

}  // namespace gaikei
