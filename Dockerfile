# One image for every process of ours: `launchpad serve`, `work`, `project`, `react`, `migrate` and the rest.
FROM python:3.11-slim AS build
WORKDIR /source
COPY . .
RUN pip wheel --no-cache-dir --no-deps --wheel-dir /wheels .

FROM python:3.11-slim
# An ordinary user; what is kept (the local issuer's key, if it is used) lies in one volume.
RUN useradd --system --uid 10001 --create-home --home-dir /var/lib/launchpad launchpad
COPY constraints.txt /tmp/
RUN --mount=type=bind,from=build,source=/wheels,target=/wheels \
    pip install --no-cache-dir --constraint /tmp/constraints.txt /wheels/*.whl
USER launchpad
ENV LAUNCHPAD_HOME=/var/lib/launchpad PYTHONUNBUFFERED=1
WORKDIR /var/lib/launchpad
VOLUME /var/lib/launchpad
EXPOSE 8000
ENTRYPOINT ["launchpad"]
CMD ["--help"]
