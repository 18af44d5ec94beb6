# Lists a bucket with curl alone, which signs the request itself. Sourced; wants the S3_… settings in the environment.
# shellcheck shell=bash

# bucket_list PREFIX: size and key of every object below it, at most a thousand. The keys go to curl on its stdin.
bucket_list() {
  local empty=e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855 prefix
  prefix=$(jq -rn --arg p "$1" '$p | @uri')
  curl -sS -f -m 20 -H "x-amz-content-sha256: $empty" --aws-sigv4 "aws:amz:${S3_REGION:-us-east-1}:s3" -K - \
    "$S3_ENDPOINT/$S3_BUCKET?list-type=2&max-keys=1000&prefix=$prefix" <<< "user = \"$S3_ACCESS_KEY:$S3_SECRET_KEY\"" |
    sed 's/<Contents>/\n/g' | sed -nE 's#.*<Key>([^<]*)</Key>.*<Size>([0-9]*)</Size>.*#\2 \1#p'
}
