#!/bin/sh
# Gives every role the password that the Secret has for it: see roles.ts.
set -eu
for file in "${ROLE_PASSWORDS_DIR:?}"/*-password; do
  key=$(basename "$file" -password)
  case "$key" in
    postgres) continue ;;
    catalog | checkout | payments | cart | notifier) role="${key}_service" ;;
    *) role=$(printf '%s' "$key" | tr - _) ;;
  esac
  printf 'ALTER ROLE :"role" PASSWORD :%s;\n' "'password'" | psql -v ON_ERROR_STOP=1 -v role="$role" -v password="$(cat "$file")" -U "${POSTGRES_USER:-postgres}" -d postgres
done
