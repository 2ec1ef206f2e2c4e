# For who grades: the packages of the lock file, and the sandbox. docs/hub.md says with which options it runs.
FROM python:3.11-slim-bookworm

RUN apt-get update -qq \
    && apt-get install -y -qq --no-install-recommends bubblewrap git make util-linux \
    && rm -rf /var/lib/apt/lists/*

WORKDIR /opt/handgrad
COPY . .
# the steps of `make setup`, which is what the gate runs, too
RUN make setup PYTHON=python3
# /tmp, as whoever `--user` names has no home in the image
ENV PATH="/opt/handgrad/.venv/bin:$PATH" \
    OMP_NUM_THREADS=1 \
    OPENBLAS_NUM_THREADS=1 \
    HANDGRAD_COURSE=/course \
    HOME=/tmp

# a user of the image owns nothing in it; submissions run as this user, in bubblewrap
RUN useradd grader && mkdir /course && chown grader /course
USER grader
WORKDIR /course
CMD ["handgrad", "doctor", "--grading"]
