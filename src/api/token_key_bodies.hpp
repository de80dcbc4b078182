// The keys of our token issuer as administrators see them: everything but their private halves. Handlers:
// token_keys.hpp.
#pragma once
#include "api/principal_bodies.hpp"

namespace bursar::api {

struct TokenKeyBody {
  std::string kid, algorithm;
  std::string_view state;
  Instant created_at;
  std::optional<Instant> activated_at, retired_at, revoked_at;
};
BOOST_DESCRIBE_STRUCT(TokenKeyBody, (),
                      (kid, algorithm, state, created_at, activated_at, retired_at, revoked_at))

template <>
struct Described<TokenKeyBody> {
  static constexpr std::string_view name = "TokenKey";
  static constexpr std::string_view description = "A key that signs tokens, will, or did.";
  static constexpr Member members[] = {
      {"kid", {.description = "Its id, as tokens name it.", .example = R"("key-0f1e2d3c4b5a6978")"}},
      {"algorithm", {.description = "Pinned to the key.", .example = R"("EdDSA")"}},
      {"state",
       {.description =
            "next: published, signs from the next rotation on. active: signs. retired: its tokens count "
            "until they expire. revoked: none of its tokens counts.",
        .example = R"("active")"}},
      {"created_at", {.description = "When it was made and published.", .example = example_instant}},
      {"activated_at", {.description = "When it began to sign.", .example = example_instant}},
      {"retired_at", {.description = "When it ended to sign.", .example = example_instant}},
      {"revoked_at", {.description = "When it was revoked.", .example = example_instant}},
  };
};

struct TokenKeysBody {
  std::vector<TokenKeyBody> keys;
};
BOOST_DESCRIBE_STRUCT(TokenKeysBody, (), (keys))

template <>
struct Described<TokenKeysBody> {
  static constexpr std::string_view name = "TokenKeys";
  static constexpr std::string_view description = "Retired and revoked ones are listed for a day.";
  static constexpr Member members[] = {{"keys", {.description = "The newest first."}}};
};

}  // namespace bursar::api
