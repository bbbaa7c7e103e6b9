# The server with all extras. No container engine was available where this file was written: it has not been built.
# docker build -t moto-featurestore . && docker run -p 5000:5000 moto-featurestore
FROM python:3.13-slim

WORKDIR /src
COPY pyproject.toml README.md LICENSE CHANGELOG.md ./
COPY moto_featurestore moto_featurestore
RUN pip install --no-cache-dir '.[all]' && useradd --create-home featurestore && install -d -o featurestore /data

USER featurestore
WORKDIR /home/featurestore
VOLUME /data
EXPOSE 5000
HEALTHCHECK --interval=5s --timeout=3s --start-period=30s CMD ["python", "-c", "from urllib.request import urlopen; urlopen('http://127.0.0.1:5000/moto-api/featurestore/health', timeout=2)"]
# In a container, the server must listen on all addresses. It has no authentication: publish the port to 127.0.0.1 only.
ENTRYPOINT ["moto-featurestore", "serve", "--host", "0.0.0.0"]
CMD ["--data", "/data"]
